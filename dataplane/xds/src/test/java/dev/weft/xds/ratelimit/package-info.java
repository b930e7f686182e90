@NullMarked
package dev.weft.xds.ratelimit;

import org.jspecify.annotations.NullMarked;
