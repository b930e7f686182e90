/**
 * The workload's own HTTP pages: health and metrics for the pod's network, configuration and
 * control for loopback only. The server is a few dozen lines over a plain socket because the JDK's
 * own one would initialise java.util.logging before the application could configure it.
 */
@NullMarked
package dev.weft.workload.admin;

import org.jspecify.annotations.NullMarked;
