/**
 * Takes the place of {@code java.util.logging} in the agent's jar: the build points every reference
 * there, our own and the libraries', to here. So nothing of ours initializes the application's
 * {@code LogManager} before the application has chosen one. Lines go to standard error.
 */
@NullMarked
package dev.weft.agent.logging;

import org.jspecify.annotations.NullMarked;
