@NullMarked
package dev.weft.instrumentation.weaver;

import org.jspecify.annotations.NullMarked;
