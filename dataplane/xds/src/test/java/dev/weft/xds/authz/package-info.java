@NullMarked
package dev.weft.xds.authz;

import org.jspecify.annotations.NullMarked;
