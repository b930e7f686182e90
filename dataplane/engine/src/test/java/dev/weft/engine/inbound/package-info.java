@NullMarked
package dev.weft.engine.inbound;

import org.jspecify.annotations.NullMarked;
