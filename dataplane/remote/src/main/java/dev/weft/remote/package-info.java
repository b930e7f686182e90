/**
 * Carries the requests that the data plane makes on its own account ({@link
 * dev.weft.engine.spi.AsyncClient}): HTTP/1.1 by HttpCore, gRPC by grpc-java, both over sockets
 * made here, plain or with the mesh's TLS. {@link dev.weft.remote.RemoteClient} is the way in. What
 * is asked of whom, and what an answer means, is the engine's business; nothing here is retried or
 * routed. No thread runs and no library is loaded before the first request.
 */
@NullMarked
package dev.weft.remote;

import org.jspecify.annotations.NullMarked;
