/**
 * The certificate authority: the self-signed root and its key, SPIFFE certificates for callers
 * whose identity is proven, and the server's own serving certificate. Private keys of workloads
 * never come here.
 */
@NullMarked
package dev.weft.controlserver.ca;

import org.jspecify.annotations.NullMarked;
