/**
 * The workload's line to the control server: configuration ({@link dev.weft.xds.XdsClient}),
 * registration ({@link dev.weft.xds.WorkloadRegistration}) and certificates ({@link
 * dev.weft.xds.CertificateClient}), over one {@link dev.weft.xds.ControlConnection}. What the
 * resources mean is {@link dev.weft.xds.translation}'s business; what is done with them is the
 * engine's. Mutable state is touched by the connection's one thread only. No gRPC class is loaded
 * before a connection is opened.
 */
@NullMarked
package dev.weft.xds;

import org.jspecify.annotations.NullMarked;
