@NullMarked
package dev.weft.engine.format;

import org.jspecify.annotations.NullMarked;
