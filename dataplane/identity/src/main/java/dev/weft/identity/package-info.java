/**
 * Who this workload is and whom it believes: its key and SPIFFE certificate, renewed while it lives
 * ({@link dev.weft.identity.WorkloadIdentity}), and TLS with them ({@link
 * dev.weft.identity.WorkloadTls}). JDK alone: providers are named explicitly and neither the JVM's
 * default SSLContext nor a security property is touched. How a certificate is asked for is the
 * caller's business ({@link dev.weft.identity.CertificateAuthority}); no protocol or configuration
 * belongs here.
 */
@NullMarked
package dev.weft.identity;

import org.jspecify.annotations.NullMarked;
