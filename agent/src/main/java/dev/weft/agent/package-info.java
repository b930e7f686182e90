/**
 * Starts the data plane beside an application and has the instrumentation modules woven into it.
 * Runs before the application's main class, so it loads little, waits for nothing, and leaves alone
 * whatever the application may want to be the first to touch: {@code java.util.logging}, JMX, the
 * common pool, URL stream handlers.
 */
@NullMarked
package dev.weft.agent;

import org.jspecify.annotations.NullMarked;
