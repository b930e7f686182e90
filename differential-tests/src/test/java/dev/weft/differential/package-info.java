/**
 * The same traffic through Envoy and through the engine. A {@link dev.weft.differential.Scenario}
 * is configuration as users write it, with a table of calls; what the control server makes of it is
 * given to both; {@link dev.weft.differential.Difference}s in what callers and upstreams see are
 * bugs, unless {@link dev.weft.differential.AcceptedDifference} says why not. What Envoy does is
 * the expectation: none is written here.
 */
@NullMarked
package dev.weft.differential;

import org.jspecify.annotations.NullMarked;
