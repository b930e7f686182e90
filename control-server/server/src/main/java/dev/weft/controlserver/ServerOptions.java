package dev.weft.controlserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How the process was told to run.
 *
 * @param config the directory of configuration files
 * @param state where keys are kept
 * @param trustDomain the SPIFFE trust domain
 * @param certificateLife longest life of certificates, and that of those whose request names none
 * @param grpcPort plaintext, loopback only; 0 means any free port, as for the others
 * @param tlsNames host names and IP addresses that clients know the TLS port by, besides loopback's
 */
record ServerOptions(
    Path config,
    Path state,
    String trustDomain,
    Duration certificateLife,
    int grpcPort,
    int tlsPort,
    List<String> tlsNames,
    int httpPort) {}
