package dev.weft.config.model;

/** One resource of configuration. */
public sealed interface Resource
    permits ServiceEntry,
        WorkloadEntry,
        WorkloadGroup,
        VirtualService,
        DestinationRule,
        PeerAuthentication,
        Sidecar,
        RequestAuthentication,
        AuthorizationPolicy,
        MeshConfig,
        Telemetry,
        EnvoyFilter,
        ServicePolicy {

  Metadata metadata();
}
