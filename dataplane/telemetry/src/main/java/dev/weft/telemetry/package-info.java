/**
 * What a workload tells about its requests: spans (OpenTelemetry SDK; OTLP, Zipkin), metrics by
 * Istio's names (Prometheus), an access log. {@link dev.weft.telemetry.MeshTelemetry} is the way
 * in. It observes and never decides; what goes wrong here costs a span or a line, never a request.
 * Nothing of OpenTelemetry's is loaded before the first request, because its classes use
 * java.util.logging.
 */
@NullMarked
package dev.weft.telemetry;

import org.jspecify.annotations.NullMarked;
