/**
 * Choosing an endpoint: a cluster as requests see it ({@link dev.weft.engine.upstream.Upstream})
 * with its load balancer, circuit breaker and outlier detection, and the run-time state (active
 * requests, ejections, position) that outlives configuration updates. Inside the engine only;
 * carriers never see it. Nothing here knows requests, routes or retries.
 */
@NullMarked
package dev.weft.engine.upstream;

import org.jspecify.annotations.NullMarked;
