package dev.weft.controlserver;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the process was told to run.
 *
 * @param config the directory of configuration files
 * @param state where keys are kept
 * @param trustDomain the SPIFFE trust domain
 * @param certificateLife life of certificates whose request names none
 * @param grpcPort plaintext, loopback only; 0 means any free port, as for the others
 */
record ServerOptions(
    Path config,
    Path state,
    String trustDomain,
    Duration certificateLife,
    int grpcPort,
    int tlsPort,
    int httpPort) {}
