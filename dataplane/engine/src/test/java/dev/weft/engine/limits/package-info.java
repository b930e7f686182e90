@NullMarked
package dev.weft.engine.limits;

import org.jspecify.annotations.NullMarked;
