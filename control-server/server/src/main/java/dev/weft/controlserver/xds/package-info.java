/**
 * The xDS stream engine: what a stream has subscribed to, what its client holds, and which response
 * comes next. It knows the protocol (Envoy's {@code xds_protocol}) and gRPC streams; what the
 * resources mean, and how they are made, is behind {@link
 * dev.weft.controlserver.xds.ResourceSnapshot}.
 */
@NullMarked
package dev.weft.controlserver.xds;

import org.jspecify.annotations.NullMarked;
