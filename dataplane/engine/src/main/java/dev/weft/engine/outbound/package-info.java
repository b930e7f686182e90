/**
 * The engine's outbound face: an {@link dev.weft.engine.outbound.OutboundCall} tells its carrier,
 * step by step, what becomes of one request. Routing, limits, retries, timeouts, faults, rewrites,
 * mirroring, fallbacks and the last good answer live behind it. Nothing here knows how bytes
 * travel. What is public beside the face is for {@link dev.weft.engine.Engine} alone.
 */
@NullMarked
package dev.weft.engine.outbound;

import org.jspecify.annotations.NullMarked;
