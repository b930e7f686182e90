/**
 * HTTP/1.1 on sockets and on whatever TLS makes of them, byte for byte as told: no path is
 * normalized, no header added. The client, the upstreams and the engine's proxy share it, so that
 * what differs is the engine's.
 */
@NullMarked
package dev.weft.differential.http;

import org.jspecify.annotations.NullMarked;
