/**
 * Envoy v3 resources for Weft's own data plane, under the names of proxyless gRPC: a listener
 * {@code host:port}, and behind it routes, clusters and endpoints; for each listening port an
 * inbound listener; name tables. Semantics are decided in the model; here they only take Envoy's
 * form. The order of everything is fixed, so that what did not change encodes to the same bytes.
 */
@NullMarked
package dev.weft.config.agent;

import org.jspecify.annotations.NullMarked;
