@NullMarked
package dev.weft.engine.upstream;

import org.jspecify.annotations.NullMarked;
