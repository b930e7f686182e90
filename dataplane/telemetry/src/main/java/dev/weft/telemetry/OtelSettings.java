package dev.weft.telemetry;

import dev.weft.telemetry.TraceHeaders.Format;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry's environment variables, as far as they concern spans. Read here and not by the
 * SDK's autoconfiguration, which brings the SDKs of metrics and logs along and looks for service
 * files before the application runs.
 *
 * @param endpoint the OTLP endpoint for spans; null: spans are not exported
 * @param meshExports whether nobody says where spans go, so that the mesh may
 * @param grpc OTLP over gRPC; else protobuf over HTTP
 * @param sampler a name of OTEL_TRACES_SAMPLER
 * @param samplerChosen whether somebody set it
 * @param samplerRatio 0 to 1, for the samplers that take one
 * @param propagators formats in which a context is written on calls
 * @param propagatorsChosen whether somebody set them
 */
record OtelSettings(
    @Nullable String endpoint,
    boolean meshExports,
    boolean grpc,
    Map<String, String> headers,
    boolean gzip,
    Duration timeout,
    String sampler,
    boolean samplerChosen,
    double samplerRatio,
    Set<Format> propagators,
    boolean propagatorsChosen,
    String serviceName,
    Map<String, String> resource,
    Batch batch) {

  /** With one of these set, spans go where the workload says, or nowhere. */
  private static final List<String> DESTINATIONS =
      List.of(
          "OTEL_TRACES_EXPORTER",
          "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
          "OTEL_EXPORTER_OTLP_ENDPOINT");

  /** OTEL_BSP_*: how spans are gathered before they are exported. */
  record Batch(Duration delay, int queue, int size, Duration timeout) {}

  /**
   * Spans are exported only if somebody asked for it: a workload without a collector must not fill
   * its log with refused connections to OpenTelemetry's default endpoint.
   *
   * @param environment a variable's value, null if unset
   * @param warning told of values that are not understood
   */
  static OtelSettings read(
      UnaryOperator<@Nullable String> environment, WorkloadFacts self, Consumer<String> warning) {
    Reader env = new Reader(environment, warning);
    boolean grpc =
        switch (env.firstOf(
            "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")) {
          case "grpc" -> true;
          case "http/protobuf" -> false;
          default -> {
            warning.accept("OTLP protocol is neither grpc nor http/protobuf; using http/protobuf");
            yield false;
          }
        };
    Map<String, String> resource = env.pairs("OTEL_RESOURCE_ATTRIBUTES");
    String serviceName = env.get("OTEL_SERVICE_NAME");
    if (serviceName == null) {
      serviceName = resource.getOrDefault("service.name", self.service());
    }
    return new OtelSettings(
        endpoint(env, grpc, warning),
        DESTINATIONS.stream().allMatch(name -> env.get(name) == null) && !isDisabled(env),
        grpc,
        env.pairs(
            env.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS") != null
                ? "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
                : "OTEL_EXPORTER_OTLP_HEADERS"),
        env.firstOf(
                "none", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION")
            .equals("gzip"),
        env.millis(
            env.get("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") != null
                ? "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"
                : "OTEL_EXPORTER_OTLP_TIMEOUT",
            10_000),
        env.firstOf("parentbased_always_on", "OTEL_TRACES_SAMPLER"),
        env.get("OTEL_TRACES_SAMPLER") != null,
        env.ratio("OTEL_TRACES_SAMPLER_ARG"),
        propagators(env.firstOf("tracecontext,baggage", "OTEL_PROPAGATORS"), warning),
        env.get("OTEL_PROPAGATORS") != null,
        serviceName,
        resource,
        new Batch(
            env.millis("OTEL_BSP_SCHEDULE_DELAY", 5_000),
            env.number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048),
            env.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
            env.millis("OTEL_BSP_EXPORT_TIMEOUT", 30_000)));
  }

  /** Attributes of this workload, without those that the SDK adds. */
  Map<String, String> resourceOf(WorkloadFacts self) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("service.namespace", self.namespace());
    String version = self.labels().get("version");
    if (version != null) {
      attributes.put("service.version", version);
    }
    attributes.putAll(resource);
    attributes.put("service.name", serviceName);
    return attributes;
  }

  private static @Nullable String endpoint(Reader env, boolean grpc, Consumer<String> warning) {
    String exporter = env.get("OTEL_TRACES_EXPORTER");
    if (isDisabled(env) || "none".equals(exporter)) {
      return null;
    }
    if (exporter != null && !exporter.equals("otlp")) {
      warning.accept("OTEL_TRACES_EXPORTER=" + exporter + ": only otlp and none are known");
      return null;
    }
    String traces = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    if (traces != null) {
      return traces;
    }
    String base = env.get("OTEL_EXPORTER_OTLP_ENDPOINT");
    if (base == null) {
      if (exporter == null) {
        return null;
      }
      base = grpc ? "http://localhost:4317" : "http://localhost:4318";
    }
    return grpc ? base : base + (base.endsWith("/") ? "" : "/") + "v1/traces";
  }

  private static boolean isDisabled(Reader env) {
    return env.firstOf("false", "OTEL_SDK_DISABLED").equals("true");
  }

  private static Set<Format> propagators(String names, Consumer<String> warning) {
    Set<Format> formats = EnumSet.noneOf(Format.class);
    for (String name : names.split(",", -1)) {
      switch (name.trim()) {
        case "tracecontext" -> formats.add(Format.W3C);
        case "b3" -> formats.add(Format.B3);
        case "b3multi" -> formats.add(Format.B3_MULTI);
        // Baggage is the application's: it passes through untouched.
        case "baggage", "none" -> {}
        default -> warning.accept("OTEL_PROPAGATORS: " + name.trim() + " is not known");
      }
    }
    return formats;
  }

  /** Reads variables as the specification has them. */
  record Reader(UnaryOperator<@Nullable String> environment, Consumer<String> warning) {

    /** Empty counts as unset, by the specification. */
    @Nullable String get(String name) {
      String value = environment.apply(name);
      return value == null || value.isBlank() ? null : value.trim();
    }

    String firstOf(String otherwise, String... names) {
      for (String name : names) {
        String value = get(name);
        if (value != null) {
          return value.toLowerCase(Locale.ROOT);
        }
      }
      return otherwise;
    }

    int number(String name, int otherwise) {
      String value = get(name);
      try {
        return value == null ? otherwise : Integer.parseInt(value);
      } catch (NumberFormatException e) {
        warning.accept(name + "=" + value + " is not a number");
        return otherwise;
      }
    }

    /** All, unless said otherwise. */
    double ratio(String name) {
      String value = get(name);
      try {
        double ratio = value == null ? 1 : Double.parseDouble(value);
        if (ratio >= 0 && ratio <= 1) {
          return ratio;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      warning.accept(name + "=" + value + " is not a number from 0 to 1");
      return 1;
    }

    Duration millis(String name, int otherwise) {
      return Duration.ofMillis(number(name, otherwise));
    }

    /** {@code a=1,b=2}, values percent-encoded. */
    Map<String, String> pairs(String name) {
      Map<String, String> pairs = new LinkedHashMap<>();
      String value = get(name);
      if (value != null) {
        for (String pair : value.split(",", -1)) {
          int equals = pair.indexOf('=');
          if (equals > 0) {
            pairs.put(pair.substring(0, equals).trim(), decoded(pair.substring(equals + 1).trim()));
          } else if (!pair.isBlank()) {
            warning.accept(name + ": " + pair + " has no value");
          }
        }
      }
      return pairs;
    }

    private static String decoded(String value) {
      try {
        return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        return value;
      }
    }
  }
}
