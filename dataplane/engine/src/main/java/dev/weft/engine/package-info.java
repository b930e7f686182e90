/**
 * The mesh as a carrier sees it: {@link dev.weft.engine.Mesh} is the way in, {@link
 * dev.weft.engine.outbound} and {@link dev.weft.engine.inbound} are its two faces, {@link
 * dev.weft.engine.model} is the configuration they decide by, {@link dev.weft.engine.spi} is what
 * the engine asks of its surroundings. The engine decides and never carries: no socket, no library,
 * no configuration format lives below this package, and nothing but the JDK is on its class path.
 */
@NullMarked
package dev.weft.engine;

import org.jspecify.annotations.NullMarked;
