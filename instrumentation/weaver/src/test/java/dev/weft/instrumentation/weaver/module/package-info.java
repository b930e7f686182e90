/** The module for {@code subject}. */
@NullMarked
package dev.weft.instrumentation.weaver.module;

import org.jspecify.annotations.NullMarked;
