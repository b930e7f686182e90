/**
 * Who is at the other end of a stream: workload identities, the tokens that prove them standalone,
 * and the interceptor that checks every call. No service logic.
 */
@NullMarked
package dev.weft.controlserver.identity;

import org.jspecify.annotations.NullMarked;
