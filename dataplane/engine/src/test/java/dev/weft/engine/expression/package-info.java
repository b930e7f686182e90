@NullMarked
package dev.weft.engine.expression;

import org.jspecify.annotations.NullMarked;
