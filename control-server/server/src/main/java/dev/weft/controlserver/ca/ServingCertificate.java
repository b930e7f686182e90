package dev.weft.controlserver.ca;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a TLS server needs.
 *
 * @param chain leaf first, the root last
 */
public record ServingCertificate(PrivateKey key, List<X509Certificate> chain) {}
