package dev.weft.config.istio;

import static java.util.Map.entry;

import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.MeshConfig;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.PeerAuthentication;
import dev.weft.config.model.RequestAuthentication;
import dev.weft.config.model.Resource;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import dev.weft.config.source.Finding;
import dev.weft.config.source.Findings;
import dev.weft.config.source.Node;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import dev.weft.config.source.Severity;
import dev.weft.config.source.YamlDocuments.Document;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tells the kinds apart and reads what they have in common. */
public final class ResourceReader {

  private static final String NETWORKING = "networking.istio.io";
  private static final String SECURITY = "security.istio.io";
  private static final String MESH = "mesh.istio.io";
  private static final String TELEMETRY = "telemetry.istio.io";
  private static final String WEFT = "weft.dev";
  private static final Map<String, Set<String>> VERSIONS =
      Map.of(
          NETWORKING, Set.of("v1", "v1beta1", "v1alpha3"),
          SECURITY, Set.of("v1", "v1beta1"),
          MESH, Set.of("v1alpha1"),
          TELEMETRY, Set.of("v1", "v1alpha1"),
          WEFT, Set.of("v1alpha1"));

  private static final Map<String, SpecReader> READERS =
      Map.ofEntries(
          entry(NETWORKING + "/ServiceEntry", ServiceEntries::read),
          entry(NETWORKING + "/Sidecar", Sidecars::read),
          entry(NETWORKING + "/WorkloadEntry", WorkloadEntries::read),
          entry(NETWORKING + "/WorkloadGroup", WorkloadGroups::read),
          entry(NETWORKING + "/VirtualService", VirtualServices::read),
          entry(NETWORKING + "/DestinationRule", DestinationRules::read),
          entry(NETWORKING + "/EnvoyFilter", EnvoyFilterReader::read),
          entry(NETWORKING + "/ProxyConfig", ProxyConfigs::read),
          entry(MESH + "/MeshConfig", MeshConfigs::read),
          entry(TELEMETRY + "/Telemetry", TelemetryReader::read),
          entry(SECURITY + "/RequestAuthentication", RequestAuthenticationReader::read),
          entry(SECURITY + "/PeerAuthentication", PeerAuthenticationReader::read),
          entry(SECURITY + "/AuthorizationPolicy", AuthorizationPolicyReader::read),
          entry(WEFT + "/ServicePolicy", ServicePolicyReader::read));

  private static final Set<String> KINDS =
      READERS.keySet().stream()
          .map(kind -> kind.substring(kind.indexOf('/') + 1))
          .collect(Collectors.toUnmodifiableSet());

  private static final String GATEWAY_API = "gateway.networking.k8s.io";

  private static final String GATEWAYS =
      "no gateway is served here; ignored: keep the one that you have, to which workloads are"
          + " servers as to any client outside the mesh";
  private static final String ROUTES =
      "routes of the Gateway API are not read yet; write a VirtualService for the Service";
  private static final String ROUTES_OF_CONNECTIONS =
      "has no effect in the agent: it routes HTTP alone, and the application's other connections go"
          + " where it makes them; to send them elsewhere change the address that it has";
  private static final String CODE_OF_ENVOYS =
      "is code for Envoy, which an agent can't run; ignored";

  /** Kinds that are known and that nothing here reads: why, and what there is instead. */
  private static final Map<String, String> REASONS =
      Map.ofEntries(
          entry(NETWORKING + "/Gateway", GATEWAYS),
          entry(GATEWAY_API + "/Gateway", GATEWAYS),
          entry(GATEWAY_API + "/GatewayClass", GATEWAYS),
          entry(GATEWAY_API + "/HTTPRoute", ROUTES),
          entry(GATEWAY_API + "/GRPCRoute", ROUTES),
          entry(GATEWAY_API + "/TCPRoute", ROUTES_OF_CONNECTIONS),
          entry(GATEWAY_API + "/TLSRoute", ROUTES_OF_CONNECTIONS),
          entry(
              GATEWAY_API + "/ReferenceGrant",
              "has no effect: it is for what the Gateway API's routes refer to, and those are not"
                  + " read; say by exportTo who may use a host"),
          entry("extensions.istio.io/WasmPlugin", CODE_OF_ENVOYS),
          entry("extensions.istio.io/TrafficExtension", CODE_OF_ENVOYS));

  private ResourceReader() {}

  /** Reads a {@code spec}; null if nothing of it concerns the mesh, which it then has reported. */
  @FunctionalInterface
  interface SpecReader {
    @Nullable Resource read(Metadata metadata, Fields spec);
  }

  /**
   * What became of one document.
   *
   * @param resource null if there is none to honour
   * @param whenRefused what must hold if the resource is refused and nothing else is in force: a
   *     security policy that can't be understood denies; the mesh's settings, by which policies
   *     judge; null for other kinds
   */
  public record Read(
      ResourceName name,
      @Nullable Resource resource,
      @Nullable Resource whenRefused,
      List<Finding> findings) {}

  /** Reads one document. */
  public static Read read(Document document) {
    if (!(document.root() instanceof Node.Mapping root)) {
      Findings findings = new Findings(ResourceName.NONE, document.origin());
      findings.report(
          Severity.ERROR,
          document.origin().line(),
          "",
          "must be an object with apiVersion, kind, metadata and spec, is "
              + document.root().describe());
      return new Read(ResourceName.NONE, null, null, findings.all());
    }
    Findings findings = new Findings(nameOf(root), document.origin());
    @Nullable Resource resource =
        Fields.read(root, "", findings, fields -> resource(fields, nameOf(root)));
    @Nullable Resource whenRefused =
        findings.anyError()
            ? failClosed(nameOf(root), document.origin(), resource)
            : resource instanceof AuthorizationPolicy
                    || resource instanceof PeerAuthentication
                    || resource instanceof RequestAuthentication
                    || resource instanceof MeshConfig
                ? resource
                : null;
    return new Read(
        nameOf(root), findings.anyError() ? null : resource, whenRefused, findings.all());
  }

  private static @Nullable Resource resource(Fields root, ResourceName name) {
    String apiVersion = root.requiredString("apiVersion");
    String kind = root.requiredString("kind");
    int slash = apiVersion.indexOf('/');
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    SpecReader reader = READERS.get(group + "/" + kind);
    boolean configMap = MeshConfigs.isConfigMap(apiVersion, kind, name.name());
    if (reader == null && !configMap) {
      foreign(root, group, kind);
      return null;
    }
    if (!configMap
        && !VERSIONS.getOrDefault(group, Set.of()).contains(apiVersion.substring(slash + 1))) {
      root.error("apiVersion", "is not a version of " + kind + " that is known: " + apiVersion);
    }
    root.skip("status");
    Metadata metadata = root.object("metadata", fields -> metadata(fields, name));
    if (metadata == null) {
      root.error("metadata", "is required");
      metadata = new Metadata(name, Map.of(), Map.of(), root.origin());
    }
    Metadata known = metadata;
    if (reader == null) {
      return MeshConfigs.configMap(known, root);
    } else if (group.equals(MESH) && !root.has("spec")) {
      return reader.read(known, root);
    } else if (!root.has("spec") && group.equals(SECURITY)) {
      // A security policy that says nothing says something: nobody is allowed anything.
      return root.objectOrEmpty("spec", spec -> reader.read(known, spec));
    } else if (!root.has("spec")) {
      root.skip("spec");
      root.error("spec", "is required");
      return null;
    }
    return root.object("spec", spec -> reader.read(known, spec));
  }

  private static void foreign(Fields root, String group, String kind) {
    root.skipAll();
    String reason = REASONS.get(group + "/" + kind);
    if (KINDS.contains(kind)) {
      root.error("apiVersion", "is not a group of the kind " + kind);
    } else if (group.equals(SECURITY)) {
      root.error(
          "kind",
          kind
              + " is not known, and ignoring it might leave a door open: write an"
              + " AuthorizationPolicy, PeerAuthentication or RequestAuthentication");
    } else if (reason != null) {
      root.warning("kind", reason);
    } else if (group.equals(WEFT) || group.endsWith("istio.io") || group.equals(GATEWAY_API)) {
      root.warning("kind", kind + " is no kind of " + group + " that is known; ignored");
    } else {
      root.warning("kind", kind + " is no kind of the mesh; ignored");
    }
  }

  private static Metadata metadata(Fields fields, ResourceName name) {
    String written = fields.requiredString("name");
    if (!written.isEmpty() && !Names.isDnsSubdomain(written)) {
      fields.error("name", "\"" + written + "\" is not a valid name");
    }
    String namespace = fields.string("namespace");
    if (namespace != null && !Names.isDnsLabel(namespace)) {
      fields.error("namespace", "\"" + namespace + "\" is not a valid namespace");
    }
    Map<String, String> labels = fields.stringMap("labels");
    Map<String, String> annotations = fields.stringMap("annotations");
    fields.skip(
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid");
    return new Metadata(name, labels, annotations, fields.origin());
  }

  private static @Nullable Resource failClosed(
      ResourceName name, Origin origin, @Nullable Resource asRead) {
    Metadata metadata = new Metadata(name, Map.of(), Map.of(), origin);
    if (name.kind().equals("AuthorizationPolicy") || name.kind().equals("RequestAuthentication")) {
      return AuthorizationPolicy.denyAll(
          metadata,
          asRead instanceof AuthorizationPolicy policy
              ? policy.selector()
              : asRead instanceof RequestAuthentication tokens
                  ? tokens.selector()
                  : WorkloadSelector.ALL);
    }
    if (name.kind().equals("PeerAuthentication")) {
      return new PeerAuthentication(
          metadata,
          asRead instanceof PeerAuthentication policy ? policy.selector() : WorkloadSelector.ALL,
          PeerAuthentication.Mode.STRICT,
          Map.of());
    }
    return asRead instanceof MeshConfig ? asRead : null;
  }

  private static ResourceName nameOf(Node.Mapping root) {
    Node metadata = root.fields().get("metadata");
    String namespace = metadata instanceof Node.Mapping fields ? text(fields, "namespace") : "";
    return new ResourceName(
        text(root, "kind"),
        namespace.isEmpty() ? "default" : namespace,
        metadata instanceof Node.Mapping fields ? text(fields, "name") : "");
  }

  private static String text(Node.Mapping mapping, String field) {
    return mapping.fields().get(field) instanceof Node.Scalar scalar && !scalar.isNull()
        ? scalar.text()
        : "";
  }
}
