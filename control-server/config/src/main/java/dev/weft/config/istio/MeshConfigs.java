package dev.weft.config.istio;

import dev.weft.config.istio.ConnectionPools.Upgrade;
import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.FileAccessLog;
import dev.weft.config.model.ExtensionProvider.LogFormat;
import dev.weft.config.model.LocalityBalancing;
import dev.weft.config.model.MeshConfig;
import dev.weft.config.model.MeshConfig.DefaultProviders;
import dev.weft.config.model.MeshConfig.Destinations;
import dev.weft.config.model.MeshConfig.Exports;
import dev.weft.config.model.MeshConfig.OutboundTraffic;
import dev.weft.config.model.MeshConfig.PathNormalization;
import dev.weft.config.model.MeshConfig.Tracing;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.RetryPolicy;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads MeshConfig: of Istio's ConfigMap {@code istio} what {@code data.mesh} says, or a document
 * of kind MeshConfig, its settings under {@code spec} or at the root. Settings that Istio had once
 * are told of and do nothing, because ConfigMaps of old outlive many versions.
 */
final class MeshConfigs {

  private static final String CONFIG_MAP = "istio";

  private enum Encoding {
    TEXT,
    JSON
  }

  private enum WrittenNormalization {
    DEFAULT,
    NONE,
    BASE,
    MERGE_SLASHES,
    DECODE_AND_MERGE_SLASHES
  }

  private MeshConfigs() {}

  /** Whether a document is the ConfigMap that holds MeshConfig. */
  static boolean isConfigMap(String apiVersion, String kind, String name) {
    return apiVersion.equals("v1") && kind.equals("ConfigMap") && name.equals(CONFIG_MAP);
  }

  /** The ConfigMap's {@code data}; its namespace is the root namespace if nothing else is said. */
  static @Nullable MeshConfig configMap(Metadata metadata, Fields root) {
    root.skip("binaryData", "immutable");
    if (!root.has("data")) {
      root.skip("data");
      root.error("data", "is required");
      return null;
    }
    return root.object(
        "data",
        data -> {
          String networks = data.string("meshNetworks");
          if (networks != null && !networks.strip().matches("|networks: *\\{}")) {
            data.warning(
                "meshNetworks",
                "has no effect: there are no gateways between networks here, so that each endpoint is"
                    + " called at its own address");
          }
          data.skip("values", "merged-values", "original-values");
          if (!data.has("mesh")) {
            data.skip("mesh");
            data.error("mesh", "is required");
            return null;
          }
          return data.yamlObject("mesh", mesh -> read(metadata, metadata.namespace(), mesh));
        });
  }

  /** Settings that stand in a document of their own. */
  static MeshConfig read(Metadata metadata, Fields mesh) {
    return read(metadata, null, mesh);
  }

  private static MeshConfig read(Metadata metadata, @Nullable String namespace, Fields mesh) {
    String root = mesh.string("rootNamespace");
    if (root != null && !root.isEmpty() && !Names.isDnsLabel(root)) {
      mesh.error("rootNamespace", "\"" + root + "\" is not a valid namespace");
    }
    DefaultProviders defaults = mesh.object("defaultProviders", MeshConfigs::defaults);
    OutboundTraffic outbound = outbound(mesh);
    RetryPolicy retries = mesh.object("defaultHttpRetryPolicy", MeshConfigs::retries);
    MeshConfig config =
        new MeshConfig(
            metadata,
            mesh.string("trustDomain"),
            mesh.strings("trustDomainAliases"),
            root == null || root.isEmpty() ? namespace : root,
            providers(mesh),
            defaults == null ? DefaultProviders.NONE : defaults,
            accessLog(mesh),
            tracing(mesh),
            pathNormalization(mesh),
            outbound,
            retries == null ? RetryPolicy.DEFAULT : retries,
            destinations(mesh),
            exports(mesh));
    SettingsWithoutEffect.tell(mesh);
    return config;
  }

  private static List<ExtensionProvider> providers(Fields mesh) {
    List<ExtensionProvider> providers =
        mesh.objects("extensionProviders", ExtensionProviders::read);
    Set<String> names = new HashSet<>();
    for (ExtensionProvider provider : providers) {
      if (!names.add(provider.name())) {
        mesh.error("extensionProviders", "\"" + provider.name() + "\" is there twice");
      }
    }
    return providers;
  }

  private static DefaultProviders defaults(Fields fields) {
    return new DefaultProviders(
        fields.strings("tracing"), fields.strings("metrics"), fields.strings("accessLogging"));
  }

  private static @Nullable FileAccessLog accessLog(Fields mesh) {
    String file = mesh.string("accessLogFile");
    String format = mesh.string("accessLogFormat");
    Encoding encoding = mesh.oneOf("accessLogEncoding", Encoding.class);
    if (file == null || file.isEmpty()) {
      return null;
    }
    LogFormat read = null;
    boolean json = encoding == Encoding.JSON;
    if (json && (format == null || format.isBlank())) {
      read = new LogFormat.Json(Map.of());
    } else if (json) {
      Map<String, Object> fields = mesh.yamlStruct("accessLogFormat");
      read = fields == null ? null : new LogFormat.Json(fields);
    } else if (format != null && !format.isEmpty()) {
      read = new LogFormat.Text(format);
    }
    if (read != null) {
      LogFormats.check(mesh, "accessLogFormat", read);
    }
    return new FileAccessLog("", file, read);
  }

  private static Tracing tracing(Fields mesh) {
    boolean enabled = !Boolean.FALSE.equals(mesh.bool("enableTracing"));
    Tracing tracing = mesh.object("defaultConfig", config -> ProxyConfigs.tracing(config, enabled));
    return tracing == null ? new Tracing(enabled, null, Map.of(), true, null) : tracing;
  }

  private static PathNormalization pathNormalization(Fields mesh) {
    WrittenNormalization written =
        mesh.object(
            "pathNormalization",
            fields -> fields.oneOf("normalization", WrittenNormalization.class));
    if (written == null || written == WrittenNormalization.DEFAULT) {
      return PathNormalization.BASE;
    }
    return PathNormalization.valueOf(written.name());
  }

  private static OutboundTraffic outbound(Fields mesh) {
    OutboundTraffic mode =
        mesh.object(
            "outboundTrafficPolicy",
            fields -> {
              OutboundTraffic written = fields.oneOf("mode", OutboundTraffic.class);
              // In protobuf an unset mode is the first one.
              return written == null ? OutboundTraffic.REGISTRY_ONLY : written;
            });
    return mode == null ? OutboundTraffic.ALLOW_ANY : mode;
  }

  private static Destinations destinations(Fields mesh) {
    Duration connect = CommonFields.positiveDuration(mesh, "connectTimeout");
    Duration refresh = CommonFields.positiveDuration(mesh, "dnsRefreshRate");
    LocalityBalancing localities = mesh.object("localityLbSetting", LocalitySettings::read);
    return new Destinations(
        connect == null ? Destinations.DEFAULT.connectTimeout() : connect,
        refresh == null ? Destinations.DEFAULT.dnsRefreshRate() : refresh,
        !Boolean.FALSE.equals(mesh.bool("enableAutoMtls")),
        localities == null ? LocalityBalancing.DEFAULT : localities,
        ConnectionPools.keepalive(mesh),
        ConnectionPools.upgrade(mesh) == Upgrade.UPGRADE);
  }

  private static Exports exports(Fields mesh) {
    return new Exports(
        CommonFields.visibility(mesh, "defaultServiceExportTo"),
        CommonFields.visibility(mesh, "defaultVirtualServiceExportTo"),
        CommonFields.visibility(mesh, "defaultDestinationRuleExportTo"));
  }

  private static RetryPolicy retries(Fields fields) {
    if (fields.has("perTryTimeout")) {
      fields.warning(
          "perTryTimeout",
          "can't be set for the whole mesh, in Istio too; ignored: set it in VirtualServices");
    }
    RetryPolicy read = RouteActions.retries(fields);
    return new RetryPolicy(
        read.attempts(),
        null,
        read.backOff(),
        read.on(),
        read.statusCodes(),
        read.avoidPreviousHosts(),
        read.remoteLocalities());
  }
}
