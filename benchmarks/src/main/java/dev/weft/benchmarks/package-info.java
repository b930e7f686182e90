/**
 * {@code weft bench}: what the agent costs, measured beside the same application without it, in the
 * same run and in turn, and held against the budgets of the design. Applications, control server
 * and load generator are separate JVMs of one machine; what is reported is ratios and differences,
 * never a rate of its own. Nothing here looks inside the agent: it is the jar that users get.
 */
@NullMarked
package dev.weft.benchmarks;

import org.jspecify.annotations.NullMarked;
