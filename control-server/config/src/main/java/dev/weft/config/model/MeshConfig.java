package dev.weft.config.model;

import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.TrafficPolicy.TcpKeepalive;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Istio's mesh-wide settings ({@code istio.mesh.v1alpha1.MeshConfig}), as far as they mean anything
 * to the mesh. Of several the first by name holds.
 *
 * @param trustDomain null: not said
 * @param trustDomainAliases whose identities count as this trust domain's
 * @param rootNamespace whose policies hold in every namespace; null: not said
 * @param providers in the order written
 * @param defaults for what names no provider
 * @param accessLog {@code accessLogFile} and its format; null if there is none
 * @param tracing of {@code enableTracing} and {@code defaultConfig.tracing}
 * @param retries of routes that say nothing of them
 * @param destinations what holds for every destination
 * @param exports who sees what doesn't say so itself
 */
public record MeshConfig(
    Metadata metadata,
    @Nullable String trustDomain,
    List<String> trustDomainAliases,
    @Nullable String rootNamespace,
    List<ExtensionProvider> providers,
    DefaultProviders defaults,
    @Nullable FileAccessLog accessLog,
    Tracing tracing,
    PathNormalization pathNormalization,
    OutboundTraffic outboundTraffic,
    RetryPolicy retries,
    Destinations destinations,
    Exports exports)
    implements Resource {

  /** Istio's {@code mesh.DefaultMeshConfig} has these. */
  private static final List<ExtensionProvider> BUILT_IN =
      List.of(
          new ExtensionProvider.Prometheus("prometheus"),
          new ExtensionProvider.Unhonoured("stackdriver", "stackdriver"),
          new FileAccessLog("envoy", "/dev/stdout", null));

  /** Where nobody says anything: Istio's defaults. */
  public static final MeshConfig DEFAULT =
      new MeshConfig(
          new Metadata(ResourceName.NONE, Map.of(), Map.of(), new Origin("", 0, 1)),
          null,
          List.of(),
          null,
          List.of(),
          DefaultProviders.NONE,
          null,
          Tracing.DEFAULT,
          PathNormalization.BASE,
          OutboundTraffic.ALLOW_ANY,
          RetryPolicy.DEFAULT,
          Destinations.DEFAULT,
          Exports.DEFAULT);

  public MeshConfig {
    trustDomainAliases = List.copyOf(trustDomainAliases);
    providers = List.copyOf(providers);
  }

  /** The provider of that name, be it one that is there without being said. */
  public Optional<ExtensionProvider> provider(String name) {
    return Stream.concat(providers.stream(), BUILT_IN.stream())
        .filter(provider -> provider.name().equals(name))
        .findFirst();
  }

  /** Names of providers, for each use. */
  public record DefaultProviders(
      List<String> tracing, List<String> metrics, List<String> accessLogging) {

    public static final DefaultProviders NONE =
        new DefaultProviders(List.of(), List.of(), List.of());

    public DefaultProviders {
      tracing = List.copyOf(tracing);
      metrics = List.copyOf(metrics);
      accessLogging = List.copyOf(accessLogging);
    }
  }

  /**
   * What holds for spans where no Telemetry says otherwise.
   *
   * @param enabled {@code enableTracing}, which is true if not said
   * @param sampling in per cent; null: not said
   * @param istioTags whether spans carry Istio's own tags
   * @param longestTag of a span's path where no provider says it, characters; null: Envoy's default
   */
  public record Tracing(
      boolean enabled,
      @Nullable Double sampling,
      Map<String, CustomTag> customTags,
      boolean istioTags,
      @Nullable Integer longestTag) {

    public static final Tracing DEFAULT = new Tracing(true, null, Map.of(), true, null);

    public Tracing {
      customTags = Map.copyOf(customTags);
    }
  }

  /**
   * What holds for destinations of which no rule says otherwise.
   *
   * @param dnsRefreshRate how long addresses are good that were found by DNS
   * @param autoMtls whether endpoints that can are spoken to by the mesh's mutual TLS
   * @param keepalive null: only rules turn TCP's probes on
   * @param http2 whether ports of HTTP are offered HTTP/2 too
   */
  public record Destinations(
      Duration connectTimeout,
      Duration dnsRefreshRate,
      boolean autoMtls,
      LocalityBalancing localities,
      @Nullable TcpKeepalive keepalive,
      boolean http2) {

    public static final Destinations DEFAULT =
        new Destinations(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            true,
            LocalityBalancing.DEFAULT,
            null,
            false);
  }

  /** {@code exportTo} of resources that don't say it. */
  public record Exports(
      Visibility services, Visibility virtualServices, Visibility destinationRules) {

    public static final Exports DEFAULT =
        new Exports(Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PUBLIC);
  }

  /** How paths are normalized before anything looks at them. */
  public enum PathNormalization {
    NONE,
    BASE,
    MERGE_SLASHES,
    DECODE_AND_MERGE_SLASHES
  }

  /** What happens to calls to hosts that nobody has declared. */
  public enum OutboundTraffic {
    REGISTRY_ONLY,
    ALLOW_ANY
  }
}
