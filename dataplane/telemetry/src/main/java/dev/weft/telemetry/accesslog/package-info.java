/**
 * Access logs by Envoy's format strings: compiled when configuration arrives, filled from a {@link
 * dev.weft.telemetry.accesslog.LogEntry}, written to files by a thread of their own, or sent to
 * services by another. What a request is, and when it is over, the package above knows.
 */
@NullMarked
package dev.weft.telemetry.accesslog;

import org.jspecify.annotations.NullMarked;
