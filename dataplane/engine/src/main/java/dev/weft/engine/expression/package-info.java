/**
 * The part of CEL that Istio's Telemetry is used with: conditions on which requests to log, and
 * values of metrics' labels, over Envoy's attributes. The control server refuses with this what the
 * data plane, which evaluates it, doesn't understand. Knows no request: attributes are asked for.
 */
@NullMarked
package dev.weft.engine.expression;

import org.jspecify.annotations.NullMarked;
