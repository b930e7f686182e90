/**
 * What the engine asks of its surroundings: configuration on demand, TLS as this workload, requests
 * of its own, tokens verified, a place to report to, a clock; all of it is {@link
 * dev.weft.engine.spi.Surroundings}. The other data-plane modules implement these; carriers use
 * {@link dev.weft.engine.spi.MeshTls} through {@link dev.weft.engine.Mesh#tls}.
 */
@NullMarked
package dev.weft.engine.spi;

import org.jspecify.annotations.NullMarked;
