package dev.weft.config.model;

import static dev.weft.config.model.Manifests.A;
import static dev.weft.config.model.Manifests.STATIC_A;
import static dev.weft.config.model.Manifests.destinationRule;
import static dev.weft.config.model.Manifests.manifest;
import static dev.weft.config.model.Manifests.serviceEntry;
import static dev.weft.config.model.Manifests.servicePolicy;
import static dev.weft.config.model.Manifests.virtualService;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What does not fit together. */
class AnalysisTest {

  @Test
  void rulesForAHostThatSpeaksNoHttpAreReported() {
    String ports = "{hosts: [%s], resolution: STATIC, ports: [{number: 1, name: a, protocol: TCP}";
    MeshModel model =
        Fixtures.model(
            serviceEntry("raw", ports.formatted("raw.example") + "]}")
                + serviceEntry(
                    "both",
                    ports.formatted("both.example") + ", {number: 2, name: b, protocol: HTTP}]}")
                + STATIC_A
                + virtualService("shop", "raw", "raw.example")
                + virtualService("shop", "both", "both.example"));
    assertThat(findings(model))
        .containsExactly(
            "VirtualService shop/raw: spec.hosts[0]:"
                + " is not applied: no port of raw.example is declared to speak HTTP");
  }

  /** As istioctl's conflictingsidecars analyzers, and what a host leads to. */
  @Test
  void sidecarsForTheSameWorkloadsAreReported() {
    String hosts = "egress: [{hosts: [./*, ./b.shop.svc.cluster.local]}]}";
    String selecting = "{workloadSelector: {labels: {app: a}}, " + hosts;
    String other = "{egress: [{hosts: ['*/" + A + "']}]}";
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + manifest("networking", "Sidecar", "shop", "one", other)
                + manifest("networking", "Sidecar", "shop", "two", other)
                + manifest("networking", "Sidecar", "shop", "three", selecting)
                + manifest("networking", "Sidecar", "istio-system", "root", other)
                + manifest(
                    "networking",
                    "Sidecar",
                    "istio-system",
                    "selecting",
                    "{workloadSelector: {labels: {app: a}}, outboundTrafficPolicy: {mode: ALLOW_ANY,"
                        + " egressProxy: {host: proxy.example, port: {number: 80}}}}"));
    assertThat(findings(model))
        .containsExactly(
            "Sidecar istio-system/selecting: spec.workloadSelector: is for workloads of this"
                + " namespace only: the root namespace's Sidecar for all others is the one without a"
                + " selector",
            "Sidecar istio-system/selecting: spec.outboundTrafficPolicy.egressProxy.host: no service"
                + " has the host proxy.example",
            "Sidecar shop/three: spec.egress[0].hosts[1]: no service there has the host"
                + " b.shop.svc.cluster.local",
            "Sidecar shop/two: : is not in force: Sidecar shop/one is for the same workloads already");
  }

  @Test
  void whatOfSeveralDestinationRulesDoesNotHoldIsReported() {
    String random = "trafficPolicy: {loadBalancer: {simple: RANDOM}}";
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + destinationRule("shop", "one", "{host: a, subsets: [{name: v1}]}")
                + destinationRule("shop", "two", "{host: " + A + ", " + random + "}")
                + destinationRule(
                    "shop", "three", "{host: a, " + random + ", subsets: [{name: v2}, {name: v1}]}")
                + destinationRule("other", "four", "{host: " + A + ", " + random + "}"));
    assertThat(findings(model))
        .containsExactly(
            "DestinationRule shop/three: spec.subsets[1]: is not in force:"
                + " DestinationRule shop/one defines subset v1 of a.shop.svc.cluster.local already",
            "DestinationRule shop/two: spec.trafficPolicy: is not in force:"
                + " DestinationRule shop/three sets the one of a.shop.svc.cluster.local already");
  }

  /** Telemetry.metrics.providers, and the service of an envoyOtelAls. */
  @Test
  void metricsAreOfferedToPrometheusAlone() {
    MeshModel model =
        Fixtures.model(
            """
            ---
            apiVersion: mesh.istio.io/v1alpha1
            kind: MeshConfig
            metadata: {name: m}
            spec:
              defaultProviders: {metrics: [prom, otel]}
              extensionProviders:
              - {name: prom, prometheus: {}}
              - {name: otel, envoyOtelAls: {service: nobody.example.com, port: 4317}}
            ---
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: t, namespace: shop}
            spec:
              metrics: [{providers: [{name: prom}, {name: otel}]}]
            """);
    assertThat(findings(model))
        .containsExactly(
            "MeshConfig default/m: extensionProviders: otel: no service is called"
                + " nobody.example.com and has port 4317: nothing is logged there",
            "MeshConfig default/m: defaultProviders.metrics: otel is not of kind prometheus, the only"
                + " one that metrics are offered to",
            "Telemetry shop/t: spec.metrics[0].providers[1].name: otel is not of kind prometheus,"
                + " the only one that metrics are offered to");
  }

  /** As pilot has it: a provider that can't do what it is named for does nothing. */
  @Test
  void providersOfAnotherKindAreReported() {
    MeshModel model =
        Fixtures.model(
            """
            ---
            apiVersion: mesh.istio.io/v1alpha1
            kind: MeshConfig
            metadata: {name: m}
            spec: {defaultProviders: {tracing: [stackdriver], accessLogging: [envoy]}}
            ---
            apiVersion: telemetry.istio.io/v1
            kind: Telemetry
            metadata: {name: t, namespace: shop}
            spec:
              tracing: [{providers: [{name: envoy}]}]
              accessLogging: [{providers: [{name: prometheus}]}]
            """);
    assertThat(findings(model))
        .containsExactly(
            "MeshConfig default/m: defaultProviders.tracing: stackdriver takes no spans: they go to"
                + " the agent's OTEL_EXPORTER_OTLP_ENDPOINT alone",
            "Telemetry shop/t: spec.accessLogging[0].providers[0].name: prometheus takes no logs:"
                + " nothing is logged there",
            "Telemetry shop/t: spec.tracing[0].providers[0].name: envoy takes no spans: they go to"
                + " the agent's OTEL_EXPORTER_OTLP_ENDPOINT alone");
  }

  @Test
  void namesThatLeadNowhereAreReported() {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\n"
                + "metadata: {name: r, namespace: shop}\nspec:\n  hosts: [a, nobody]\n  http:\n"
                + "  - route:\n    - destination: {host: a, subset: v7}\n      weight: 1\n"
                + "    - destination: {host: a, port: {number: 81}}\n      weight: 1\n"
                + "    - destination: {host: missing}\n      weight: 1\n"
                + "  - route: [{destination: {host: a}}]\n"
                + virtualService("shop", "second", "a")
                + destinationRule("shop", "d", "{host: missing}"));
    assertThat(findings(model))
        .containsExactly(
            "VirtualService shop/r: spec.hosts[1]:"
                + " no service has the host nobody.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[0].route[0].destination.subset:"
                + " no DestinationRule defines subset v7 of a.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[0].route[1].destination.port.number:"
                + " a.shop.svc.cluster.local has no port 81",
            "VirtualService shop/r: spec.http[0].route[2].destination.host:"
                + " no service has the host missing.shop.svc.cluster.local",
            "VirtualService shop/r: spec.http[1]:"
                + " is never reached: spec.http[0] takes every request",
            "VirtualService shop/second: spec.hosts[0]:"
                + " a.shop.svc.cluster.local is routed by VirtualService shop/r already",
            "DestinationRule shop/d: spec.host:"
                + " no service has the host missing.shop.svc.cluster.local");
  }

  @Test
  void whatOfSeveralServicePoliciesDoesNotHoldIsReported() {
    MeshModel model =
        Fixtures.model(
            STATIC_A
                + servicePolicy("shop", "one", "{host: a, fallback: {host: b}}")
                + servicePolicy("shop", "two", "{host: " + A + ", panicThreshold: 5}")
                + servicePolicy("shop", "x", "{host: missing, fallback: {host: a, port: 81}}")
                + servicePolicy("shop", "y", "{host: '*.example', fallback: {host: a, subset: v}}")
                + servicePolicy("shop", "z", "{selector: {matchLabels: {app: a}}}")
                + servicePolicy("other", "one", "{host: " + A + ", panicThreshold: 5}"));
    assertThat(findings(model))
        .containsExactly(
            "ServicePolicy shop/one: spec.fallback.host:"
                + " no service has the host b.shop.svc.cluster.local",
            "ServicePolicy shop/two: spec.host: is not in force:"
                + " ServicePolicy shop/one is for a.shop.svc.cluster.local already",
            "ServicePolicy shop/x: spec.host:"
                + " no service has the host missing.shop.svc.cluster.local",
            "ServicePolicy shop/x: spec.fallback.port: a.shop.svc.cluster.local has no port 81",
            "ServicePolicy shop/y: spec.fallback.subset:"
                + " no DestinationRule defines subset v of a.shop.svc.cluster.local");
  }

  private static List<String> findings(MeshModel model) {
    return Analysis.of(model).stream()
        .map(found -> found.resource() + ": " + found.field() + ": " + found.message())
        .toList();
  }
}
