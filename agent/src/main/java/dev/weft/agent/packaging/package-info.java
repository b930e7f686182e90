/** Writes the agent's jar. Runs in the build; left out of the jar. */
@NullMarked
package dev.weft.agent.packaging;

import org.jspecify.annotations.NullMarked;
