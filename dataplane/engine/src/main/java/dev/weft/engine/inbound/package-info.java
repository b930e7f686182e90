/**
 * The engine's inbound face: which ports this process listens on and how each is guarded ({@link
 * dev.weft.engine.inbound.ListeningPorts}), what a connection's first bytes are ({@link
 * dev.weft.engine.inbound.FirstBytes}), and the judgement of each request ({@link
 * dev.weft.engine.inbound.InboundCall}). Whatever fails here, fails closed, save limits: one that
 * can't be asked about limits nothing, unless told otherwise. What is public beside these is for
 * {@link dev.weft.engine.Engine} alone.
 */
@NullMarked
package dev.weft.engine.inbound;

import org.jspecify.annotations.NullMarked;
