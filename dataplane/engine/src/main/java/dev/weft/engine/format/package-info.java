/**
 * Envoy's format strings: literal text and command operators such as {@code %REQ(X-A?X-B):8%},
 * taken apart. What an operator's value is, is known where it is used: access logs are telemetry's,
 * headers the call's. Both the control server, which must tell what is wrong with one, and the data
 * plane read them with this.
 */
@NullMarked
package dev.weft.engine.format;

import org.jspecify.annotations.NullMarked;
