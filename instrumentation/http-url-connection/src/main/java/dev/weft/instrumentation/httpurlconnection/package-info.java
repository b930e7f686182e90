/**
 * {@code java.net.HttpURLConnection} over http. Each request that the JDK puts on a wire is one
 * outbound call, so a redirect or an answer to a challenge is a call of its own, as a sidecar would
 * see it. The connection is steered where the JDK opens its socket; the URL is never changed, and
 * the JDK's own keep-alive cache holds mesh connections under a key of their own. What the policy
 * answers itself is read by the JDK from a socket that holds the answer. The application's timeouts
 * hold for all that is done to answer it, and however an attempt ends, by whomever, the engine
 * learns of it once. No policy lives here.
 */
@NullMarked
package dev.weft.instrumentation.httpurlconnection;

import org.jspecify.annotations.NullMarked;
