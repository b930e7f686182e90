package dev.weft.config.istio;

import static java.util.Map.entry;

import dev.weft.config.source.Fields;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** MeshConfig's settings that mean nothing here, each with why that is. */
final class SettingsWithoutEffect {

  private static final String STATISTICS =
      "has no effect: it names Envoy's statistics of clusters; metrics here have the cluster's name";

  /** What is about proxies, gateways and Istio's own control server. */
  private static final String[] ELSEWHERE = {
    "proxyListenPort",
    "proxyInboundListenPort",
    "proxyHttpPort",
    "ingressClass",
    "ingressService",
    "ingressControllerMode",
    "ingressSelector",
    "enablePrometheusMerge",
    "disableEnvoyListenerLog",
    "certificates"
  };

  /** What exists in Istio and does nothing here, and why. */
  private static final SortedMap<String, String> REASONS =
      new TreeMap<>(
          Map.ofEntries(
              entry(
                  "protocolDetectionTimeout",
                  "has no effect in the agent: what a woven library speaks needn't be guessed"),
              entry(
                  "inboundTrafficPolicy",
                  "has no effect in the agent: requests arrive at the application's own port, whatever"
                      + " address it listens on"),
              entry(
                  "configSources",
                  "has no effect: the control server reads the directory that its --config names"),
              entry(
                  "caCertificates",
                  "is not honoured: workloads trust the mesh's own roots alone, so what these have signed"
                      + " is refused"),
              entry("inboundClusterStatName", STATISTICS),
              entry("outboundClusterStatName", STATISTICS),
              entry(
                  "serviceSettings",
                  "has no effect: it tells the services of one cluster from those of others, and the"
                      + " control server knows of one mesh only"),
              entry(
                  "serviceScopeConfigs",
                  "has no effect: it is for ambient meshes of several clusters, and agents need neither"
                      + " ztunnels nor waypoints"),
              entry(
                  "verifyCertificateAtClient",
                  "has no effect: servers outside the mesh are always verified, unless a DestinationRule's"
                      + " insecureSkipVerify says otherwise"),
              entry("ca", "has no effect: the control server signs the mesh's certificates itself"),
              entry(
                  "discoverySelectors",
                  "has no effect: it chooses from Kubernetes' namespaces, and what the control server's"
                      + " directory holds is all read"),
              entry(
                  "meshMTLS",
                  "has no effect: the mesh's mutual TLS is of version 1.3, or 1.2 where a peer has no"
                      + " other, with the ciphers of the JVM"),
              entry(
                  "tlsDefaults",
                  "has no effect in the agent: TLS with servers outside the mesh is as the JVM's"
                      + " jdk.tls.client.protocols and jdk.tls.disabledAlgorithms say")));

  /** What ConfigMaps of old may hold; they outlive many versions. */
  private static final String[] FORMER = {
    "authPolicy",
    "disableMixerHttpReports",
    "disablePolicyChecks",
    "disableReportBatch",
    "egressProxyAddress",
    "enableClientSidePolicyCheck",
    "enableSdsTokenMount",
    "mixerAddress",
    "mixerCheckServer",
    "mixerReportServer",
    "policyCheckFailOpen",
    "rdsRefreshDelay",
    "reportBatchMaxEntries",
    "reportBatchMaxTime",
    "sdsRefreshDelay",
    "sdsUdsPath",
    "sdsUseK8sSaJwt",
    "sidecarToTelemetrySessionAffinity",
    "statNameLength",
    "thriftConfig"
  };

  private SettingsWithoutEffect() {}

  /** Marks them all as read, and reports those that are there. */
  static void tell(Fields mesh) {
    mesh.skip(ELSEWHERE);
    REASONS.forEach((name, reason) -> tell(mesh, name, reason));
    for (String name : FORMER) {
      tell(mesh, name, "has no effect: it is no setting of Istio's any more");
    }
    // false is what there is.
    if (Boolean.TRUE.equals(mesh.bool("enableEnvoyAccessLogService"))) {
      mesh.warning(
          "enableEnvoyAccessLogService",
          "has no effect: it logs to a service that Envoy's own bootstrap names; name one in an"
              + " extensionProvider envoyHttpAls");
    }
  }

  private static void tell(Fields mesh, String name, String reason) {
    mesh.skip(name);
    if (mesh.has(name)) {
      mesh.warning(name, reason);
    }
  }
}
