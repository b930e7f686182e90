package dev.weft.workload;

import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.xds.XdsProtocol;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says of a workload: the public contract of the {@code WEFT_*} variables.
 *
 * @param control the control server's gRPC addresses, in order of preference
 * @param xdsProtocol the variant of xDS to speak
 * @param controlCa PEM of the root that signed the control server; null: plaintext
 * @param inboundInitial what guarded ports accept until configuration arrives
 * @param startWait longest wait of a mesh-looking call for the first name table
 * @param adminPort of the pod-facing pages; the loopback pages take the next one; 0: any
 * @param problems values that could not be understood, each replaced by its default
 */
public record WorkloadSettings(
    List<HostAndPort> control,
    XdsProtocol xdsProtocol,
    @Nullable Path controlCa,
    String service,
    String namespace,
    String serviceAccount,
    @Nullable Path tokenFile,
    Map<String, String> labels,
    MutualTlsMode inboundInitial,
    Duration startWait,
    int adminPort,
    List<String> problems) {

  /** Where Kubernetes projects the token that the webhook asks for. */
  private static final Path PROJECTED_TOKEN = Path.of("/var/run/secrets/tokens/istio-token");

  /** All that there is, of other processes too, which may share an environment. */
  private static final Set<String> KNOWN =
      Set.of(
          "WEFT_ACCESS_LOG",
          "WEFT_ADMIN_PORT",
          "WEFT_CONTROL",
          "WEFT_CONTROL_CA",
          "WEFT_ENABLED",
          "WEFT_ENVOY",
          "WEFT_INBOUND_INITIAL",
          "WEFT_JDK25",
          "WEFT_LABELS",
          "WEFT_LOG_LEVEL",
          "WEFT_NAMESPACE",
          "WEFT_PEER_METADATA",
          "WEFT_SERVICE",
          "WEFT_SERVICE_ACCOUNT",
          "WEFT_START_WAIT",
          "WEFT_STATE",
          "WEFT_TOKEN_FILE",
          "WEFT_TOOLS_REQUIRED",
          "WEFT_XDS_PROTOCOL");

  private static final Pattern SERVICE_LINK =
      Pattern.compile("(WEFT.*?)_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_.+)?)");

  /** As the control server has them, which signs and registers no others. */
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private static final Pattern DNS_NAME = Pattern.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?");

  private static final Pattern LABEL_KEY =
      Pattern.compile(
          "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

  public WorkloadSettings {
    control = List.copyOf(control);
    labels = Map.copyOf(labels);
    problems = List.copyOf(problems);
  }

  /** As WEFT_CONTROL says it. */
  String controlText() {
    return control.stream().map(HostAndPort::toString).collect(Collectors.joining(","));
  }

  /**
   * @param host a name or an IP literal, an IPv6 one without brackets
   */
  public record HostAndPort(String host, int port) {

    @Override
    public String toString() {
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /**
   * Reads all settings. Never fails: a value that makes no sense is reported in {@link #problems}
   * and its default taken, as an agent must not keep an application from starting.
   *
   * @param applicationName used when WEFT_SERVICE and the label {@code app} are absent: a DNS label
   */
  public static WorkloadSettings read(Settings settings, String applicationName) {
    List<String> problems = new ArrayList<>();
    Map<String, String> labels =
        settings.get("WEFT_LABELS", "", value -> labels(value, problems), problems::add);
    unknown(settings, problems);
    // Obeyed by the telemetry, for which anything but false is true.
    boolean unused = settings.isOn("WEFT_PEER_METADATA", problems::add);
    String token = settings.get("WEFT_TOKEN_FILE");
    String ca = settings.get("WEFT_CONTROL_CA");
    return new WorkloadSettings(
        settings.get("WEFT_CONTROL", "127.0.0.1:15010", WorkloadSettings::addresses, problems::add),
        settings.get("WEFT_XDS_PROTOCOL", "auto", WorkloadSettings::xdsProtocol, problems::add),
        ca == null ? null : Path.of(ca),
        service(settings, labels, applicationName, problems),
        settings.get("WEFT_NAMESPACE", "default", WorkloadSettings::dnsLabel, problems::add),
        settings.get("WEFT_SERVICE_ACCOUNT", "default", WorkloadSettings::dnsName, problems::add),
        token == null ? existing(PROJECTED_TOKEN) : Path.of(token),
        labels,
        inboundInitial(settings, problems),
        settings.get("WEFT_START_WAIT", "2s", WorkloadSettings::duration, problems::add),
        settings.get("WEFT_ADMIN_PORT", "15020", WorkloadSettings::adminPort, problems::add),
        problems);
  }

  private static String service(
      Settings settings,
      Map<String, String> labels,
      String applicationName,
      List<String> problems) {
    String otherwise = labels.getOrDefault("app", applicationName);
    if (!DNS_LABEL.matcher(otherwise).matches()) {
      problems.add(
          "WEFT_LABELS: app=" + otherwise + " can't name a service; using " + applicationName);
      otherwise = applicationName;
    }
    return settings.get("WEFT_SERVICE", otherwise, WorkloadSettings::dnsLabel, problems::add);
  }

  private static @Nullable Path existing(Path path) {
    return path.toFile().exists() ? path : null;
  }

  /**
   * Variables that mean nothing to anybody here: misspelt ones, as a rule. Those that Kubernetes
   * makes of a service called {@code weft-…} are meant for nobody.
   */
  private static void unknown(Settings settings, List<String> problems) {
    settings.variables().stream()
        .filter(name -> name.startsWith("WEFT_") && !KNOWN.contains(name))
        .filter(name -> !name.startsWith("WEFT_INSTRUMENTATION_")) // whoever has the modules knows
        .filter(name -> !isServiceLink(name, settings.variables()))
        .sorted()
        .forEach(name -> problems.add(name + ": there is no such setting"));
  }

  private static boolean isServiceLink(String name, Set<String> variables) {
    Matcher link = SERVICE_LINK.matcher(name);
    return link.matches() && variables.contains(link.group(1) + "_SERVICE_HOST");
  }

  private static String dnsLabel(String value) {
    return expect(DNS_LABEL, value, "expected a DNS label: a-z, 0-9 and -, 63 at most");
  }

  private static String dnsName(String value) {
    return expect(DNS_NAME, value, "expected a DNS name: a-z, 0-9, - and ., 253 at most");
  }

  private static String expect(Pattern pattern, String value, String expected) {
    if (!pattern.matcher(value).matches()) {
      throw new IllegalArgumentException(expected);
    }
    return value;
  }

  private static List<HostAndPort> addresses(String value) {
    return Arrays.stream(value.split(",", -1))
        .map(address -> hostAndPort(address.strip()))
        .distinct()
        .toList();
  }

  private static XdsProtocol xdsProtocol(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "auto" -> XdsProtocol.AUTO;
      case "delta" -> XdsProtocol.DELTA;
      case "sotw" -> XdsProtocol.SOTW;
      default -> throw new IllegalArgumentException("expected auto, delta or sotw");
    };
  }

  private static HostAndPort hostAndPort(String value) {
    int colon = value.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("expected host:port");
    }
    String host = value.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new HostAndPort(host, port(value.substring(colon + 1), 1, 65535));
  }

  /** The loopback pages take the next port. */
  private static int adminPort(String value) {
    return port(value, 0, 65534);
  }

  private static int port(String value, int least, int most) {
    int port;
    try {
      port = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a port number", e);
    }
    if (port < least || port > most) {
      throw new IllegalArgumentException("expected a port number from " + least + " to " + most);
    }
    return port;
  }

  /** What Kubernetes would not take for a label is left out. */
  private static Map<String, String> labels(String value, List<String> problems) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String label : value.split(",")) {
      if (label.isBlank()) {
        continue;
      }
      int equals = label.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("expected key=value, separated by commas");
      }
      String key = label.substring(0, equals).strip();
      String text = label.substring(equals + 1).strip();
      if (LABEL_KEY.matcher(key).matches() && LABEL_VALUE.matcher(text).matches()) {
        labels.put(key, text);
      } else {
        problems.add(
            "WEFT_LABELS: "
                + label.strip()
                + ": expected letters, digits, -, _ and ., a letter or digit at both ends, 63 at"
                + " most; leaving it out");
      }
    }
    return labels;
  }

  /** A word that is not understood means STRICT: this guards a door. */
  private static MutualTlsMode inboundInitial(Settings settings, List<String> problems) {
    String value = settings.get("WEFT_INBOUND_INITIAL", "permissive");
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "permissive" -> MutualTlsMode.PERMISSIVE;
      case "strict" -> MutualTlsMode.STRICT;
      default -> {
        problems.add(
            "WEFT_INBOUND_INITIAL=" + value + ": expected permissive or strict; using strict");
        yield MutualTlsMode.STRICT;
      }
    };
  }

  private static Duration duration(String value) {
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("expected a duration such as 500ms, 2s or 1m");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      default -> Duration.ofMinutes(amount);
    };
  }
}
