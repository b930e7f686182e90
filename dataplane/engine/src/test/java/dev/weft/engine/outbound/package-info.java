@NullMarked
package dev.weft.engine.outbound;

import org.jspecify.annotations.NullMarked;
