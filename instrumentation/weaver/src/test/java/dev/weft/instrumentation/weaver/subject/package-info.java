/** A library that knows nothing of being woven. */
@NullMarked
package dev.weft.instrumentation.weaver.subject;

import org.jspecify.annotations.NullMarked;
