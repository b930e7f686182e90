package dev.weft.config.istio;

import dev.weft.config.model.MeshConfig.Tracing;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.Resource;
import dev.weft.config.source.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads ProxyConfig, Istio's kind and MeshConfig's {@code defaultConfig}: of a proxy's process,
 * that an agent hasn't. What has an equivalent is said with it; tracing is honoured.
 */
final class ProxyConfigs {

  private static final String ENVIRONMENT =
      "has no effect: it is a proxy's environment; an agent's is the application's, where WEFT_… and"
          + " OTEL_… are set";
  private static final String THREADS =
      "has no effect: an agent has no workers; requests are carried by the application's threads";
  private static final String IMAGE =
      "has no effect: there is no proxy's image; the agent is a jar beside the application";
  private static final String PROVIDER =
      "has no effect: spans go where a provider says that Telemetry's tracing.providers or"
          + " defaultProviders.tracing names, or the agent's OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String SCRAPED =
      "has no effect: metrics are offered at /stats/prometheus, and sent nowhere";
  private static final String DRAINED =
      "has no effect: an agent drains for as long as the application's own shutdown takes";

  private static final Map<String, String> UNHONOURED = new LinkedHashMap<>();

  static {
    UNHONOURED.put("concurrency", THREADS);
    UNHONOURED.put("image", IMAGE);
    UNHONOURED.put(
        "extraStatTags",
        "has no effect: a label that Telemetry's metrics.overrides.tagOverrides add is shown without"
            + " being listed");
    UNHONOURED.put(
        "proxyStatsMatcher",
        "has no effect: an agent always shows those of Envoy's statistics that it has; what is too"
            + " much is dropped by who scrapes it");
    UNHONOURED.put("zipkinAddress", PROVIDER);
    UNHONOURED.put(
        "envoyAccessLogService",
        "has no effect: give the service as provider envoyHttpAls, and name that by Telemetry's"
            + " accessLogging.providers or defaultProviders.accessLogging");
    UNHONOURED.put("envoyMetricsService", SCRAPED);
    UNHONOURED.put("statsdUdpAddress", SCRAPED);
    UNHONOURED.put(
        "tracingServiceName",
        "has no effect: spans have WEFT_SERVICE as service.name, or OTEL_SERVICE_NAME");
    UNHONOURED.put(
        "statusPort",
        "has no effect: readiness and metrics are at the agent's WEFT_ADMIN_PORT, 15020 if free");
    UNHONOURED.put("drainDuration", DRAINED);
    UNHONOURED.put("terminationDrainDuration", DRAINED);
    UNHONOURED.put(
        "holdApplicationUntilProxyStarts",
        "has no effect: the agent starts before the application's main class; calls into the mesh wait"
            + " for configuration, WEFT_START_WAIT at most for which hosts there are");
    UNHONOURED.put("runtimeValues", "has no effect: an agent has nothing of Envoy's runtime");
    UNHONOURED.put(
        "meshId", "has no effect: the mesh's ID, on spans istio.mesh_id, is the trust domain");
    UNHONOURED.put(
        "caCertificatesPem", "has no effect: whom to trust the control server's bundle says");
    UNHONOURED.put(
        "privateKeyProvider", "has no effect: keys are made and kept by the JVM's own providers");
    UNHONOURED.put("gatewayTopology", "has no effect: it is about gateways, which are not served");
  }

  private static final Map<String, String> HEADERS =
      Map.of(
          "forwardedClientCert",
          "has no effect: the application gets x-forwarded-client-cert by Istio's default, of a caller"
              + " with a certificate of the mesh",
          "setCurrentClientCertDetails",
          "has no effect: x-forwarded-client-cert says By, Hash, Subject and URI, as by Istio's"
              + " default",
          "requestId",
          "has no effect: x-request-id is made for a request that has none, so that its logs and spans"
              + " are found together; an application that doesn't want it ignores it",
          "attemptCount",
          "has no effect: x-envoy-attempt-count goes with every attempt, so that servers can tell"
              + " retries; an application that doesn't want it ignores it",
          "server",
          "has no effect: the agent sets no header server; the application's own stays",
          "xForwardedHost",
          "has no effect: the agent sets no header x-forwarded-host",
          "xForwardedPort",
          "has no effect: the agent sets no header x-forwarded-port");

  private ProxyConfigs() {}

  /** Null: nothing of the kind has an effect. */
  static @Nullable Resource read(Metadata metadata, Fields spec) {
    spec.skip("selector");
    warn(spec, "environmentVariables", ENVIRONMENT);
    warn(spec, "concurrency", THREADS);
    warn(spec, "image", IMAGE);
    return null;
  }

  /**
   * @param enabled {@code enableTracing}
   */
  static @Nullable Tracing tracing(Fields config, boolean enabled) {
    Tracing tracing =
        config.object(
            "tracing",
            fields -> {
              for (String tracer :
                  new String[] {
                    "zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"
                  }) {
                warn(fields, tracer, PROVIDER);
              }
              warn(
                  fields,
                  "tlsSettings",
                  "has no effect: how a provider's service is spoken to its DestinationRule says");
              return new Tracing(
                  enabled,
                  fields.number("sampling", 0, 100),
                  CustomTags.read(fields, "customTags"),
                  !Boolean.FALSE.equals(fields.bool("enableIstioTags")),
                  fields.integer("maxPathTagLength", 1, Integer.MAX_VALUE));
            });
    if (!config.stringMap("proxyMetadata").isEmpty()) {
      config.warning("proxyMetadata", ENVIRONMENT);
    }
    config.object("proxyHeaders", ProxyConfigs::headers);
    UNHONOURED.forEach((name, why) -> warn(config, name, why));
    // The rest is where a proxy's process finds its files and its control server.
    config.skipAll();
    return tracing;
  }

  /** Which headers there are; debug headers of Envoy's an agent has none. */
  private static boolean headers(Fields headers) {
    HEADERS.keySet().stream().sorted().forEach(name -> warn(headers, name, HEADERS.get(name)));
    headers.skip("envoyDebugHeaders", "preserveHttp1HeaderCase", "metadataExchangeHeaders");
    return true;
  }

  private static void warn(Fields fields, String name, @Nullable String why) {
    if (fields.has(name)) {
      fields.warning(name, String.valueOf(why));
    }
    fields.skip(name);
  }
}
