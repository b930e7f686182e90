/**
 * How many requests may pass: {@link dev.weft.engine.model.RateLimit}s, counted here or asked of a
 * service, {@link dev.weft.engine.model.AdaptiveConcurrency}, and {@link
 * dev.weft.engine.model.MaxRequests}. A {@link dev.weft.engine.limits.Limiter} decides about one
 * request without waiting and without a lock; what it counted outlives configuration that says the
 * same of it. Nothing here knows in which direction a request goes: it is told what it has to know
 * by a {@link dev.weft.engine.limits.LimitedRequest}.
 */
@NullMarked
package dev.weft.engine.limits;

import org.jspecify.annotations.NullMarked;
