/**
 * {@code weft bench}: what the agent costs, measured beside the same application without it, and
 * without it behind a pair of real Envoys, in the same run and in turn, and held against the
 * budgets of the design. Applications, Envoys, control server and load generator are separate
 * processes of one machine; what is reported is ratios and differences, never a rate of its own.
 * Nothing here looks inside the agent: it is the jar that users get.
 */
@NullMarked
package dev.weft.benchmarks;

import org.jspecify.annotations.NullMarked;
