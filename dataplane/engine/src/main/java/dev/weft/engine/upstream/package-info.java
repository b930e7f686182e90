/**
 * Choosing an endpoint: a cluster as requests see it ({@link dev.weft.engine.upstream.Upstream}),
 * and the run-time state (active requests, ejections, position, kept answers) that outlives
 * configuration updates. Inside the engine only; carriers never see it. Nothing here knows how a
 * request is routed or whether it is tried again; such things are only counted and kept.
 *
 * <p>When configuration or health changes, an assessment makes the candidates: pools of endpoints
 * by priority and health, each with its load balancer, and the share of the load of each. Until the
 * next change a pick reads those and nothing else. Circuit breakers count, the outlier detector
 * listens to what came of requests.
 */
@NullMarked
package dev.weft.engine.upstream;

import org.jspecify.annotations.NullMarked;
