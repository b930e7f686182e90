/**
 * The demo: the shop's applications as plain JVMs with the agent, a control server fed from a
 * directory of YAML, and a tour of what the mesh does to their traffic. Each step observes its
 * effect from outside and prints the figures; one that can't be observed fails the tour. Processes
 * are the business of {@link dev.weft.demo.process}.
 */
@NullMarked
package dev.weft.demo;

import org.jspecify.annotations.NullMarked;
