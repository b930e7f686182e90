/**
 * What the engine takes for one request, and to load its configuration, with nothing around it: no
 * sockets, no TLS, no telemetry. Sizes are parameters, so that one can see what grows with them.
 * What users feel is measured in {@code dev.weft.benchmarks}, not here.
 */
@NullMarked
package dev.weft.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
