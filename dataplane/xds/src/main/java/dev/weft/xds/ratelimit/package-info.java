/** What is said to rate limit services, and by them (Envoy's service.ratelimit.v3). */
@NullMarked
package dev.weft.xds.ratelimit;

import org.jspecify.annotations.NullMarked;
