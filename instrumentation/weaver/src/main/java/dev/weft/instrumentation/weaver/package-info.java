/**
 * Weaves what instrumentation modules declare into classes, as they are loaded or afterwards, and
 * links woven code to the modules. Knows byte code and class loaders, and nothing of meshes. What
 * runs for every class that the application loads ({@link dev.weft.instrumentation.weaver.Weaver})
 * touches neither ASM nor a module before a class matches by name.
 */
@NullMarked
package dev.weft.instrumentation.weaver;

import org.jspecify.annotations.NullMarked;
