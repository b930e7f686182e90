package dev.weft.config.istio;

import dev.weft.config.model.EnvoyFilter.StagedRule;
import dev.weft.config.model.RateLimit;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads Envoy's rate limit filters as an EnvoyFilter holds them: protobuf's JSON, by the fields'
 * original names. What is not understood is an error.
 */
final class EnvoyRateLimits {

  private static final String LOCAL =
      "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
  private static final String GLOBAL = "envoy.extensions.filters.http.ratelimit.v3.RateLimit";
  private static final Set<String> TYPED_STRUCTS =
      Set.of("udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct");

  /** Where the rate limit service is. */
  record Service(String host, int port) {}

  /** What a filter says. */
  record Filter(int stage, RateLimit limit) {}

  private EnvoyRateLimits() {}

  /**
   * An {@code Any}, or one that is a struct of some type.
   *
   * @param reader gets the name of the type
   */
  static <T> @Nullable T typed(
      Fields parent, String name, BiFunction<String, Fields, @Nullable T> reader) {
    return parent.object(
        name,
        any -> {
          String type = type(any, "@type");
          return TYPED_STRUCTS.contains(type) ? typedStruct(any, reader) : reader.apply(type, any);
        });
  }

  private static <T> @Nullable T typedStruct(
      Fields any, BiFunction<String, Fields, @Nullable T> reader) {
    String type = type(any, "type_url");
    return any.object("value", value -> reader.apply(type, value));
  }

  private static String type(Fields any, String name) {
    String url = any.requiredString(name);
    return url.substring(url.lastIndexOf('/') + 1);
  }

  /**
   * @param name of the limit
   */
  static @Nullable Filter filter(
      Fields fields, String type, String name, Map<String, Service> clusters) {
    return switch (type) {
      case LOCAL -> new Filter(EnvoyRateLimitRules.stage(fields), local(fields, name));
      case GLOBAL -> global(fields, name, clusters);
      default -> {
        fields.skipAll();
        fields.error(
            "",
            type + " is neither " + LOCAL + " nor " + GLOBAL + ", the filters that limit rates");
        yield null;
      }
    };
  }

  /** A virtual host's or a route's {@code typed_per_filter_config}. */
  static Map<String, RateLimit.Local> perFilter(Fields fields, String name) {
    Map<String, RateLimit.Local> filters = new LinkedHashMap<>();
    fields
        .objectMap(
            "typed_per_filter_config",
            any -> {
              String type = type(any, "@type");
              return TYPED_STRUCTS.contains(type)
                  ? typedStruct(any, (its, it) -> perFilter(it, its, name))
                  : perFilter(any, type, name);
            })
        .forEach(filters::put);
    return filters;
  }

  private static RateLimit.@Nullable Local perFilter(Fields fields, String type, String name) {
    if (!type.equals(LOCAL)) {
      fields.skipAll();
      fields.error("", type + " is not " + LOCAL + ", the filter that limits rates by itself");
      return null;
    }
    if (!fields.has("token_bucket")) {
      fields.error("token_bucket", "is required");
    }
    fields.skip("stage");
    return local(fields, name);
  }

  private static RateLimit.Local local(Fields fields, String name) {
    fields.skip("stat_prefix");
    RateLimit.Bucket bucket = fields.object("token_bucket", EnvoyRateLimits::bucket);
    Boolean always = fields.bool("always_consume_default_token_bucket");
    List<RateLimit.Descriptor> descriptors =
        fields.objects(
            "descriptors",
            descriptor -> {
              List<RateLimit.Entry> entries =
                  descriptor.objects(
                      "entries",
                      entry -> {
                        String value = entry.string("value");
                        return new RateLimit.Entry(
                            entry.requiredString("key"), value == null ? "" : value);
                      });
              RateLimit.Bucket its = descriptor.object("token_bucket", EnvoyRateLimits::bucket);
              if (its == null) {
                descriptor.error("token_bucket", "is required");
                return null;
              }
              return new RateLimit.Descriptor(entries, its);
            });
    return new RateLimit.Local(
        name,
        bucket,
        always == null || always,
        descriptors,
        fields.integer("max_dynamic_descriptors", 1, Integer.MAX_VALUE),
        EnvoyRateLimitRules.read(fields).stream().map(StagedRule::rule).toList(),
        share(fields, "filter_enabled", 0),
        share(fields, "filter_enforced", 0),
        refusal(fields, "status"));
  }

  private static RateLimit.Bucket bucket(Fields fields) {
    Integer max = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    Integer perFill = fields.integer("tokens_per_fill", 1, Integer.MAX_VALUE);
    Duration interval = fields.duration("fill_interval");
    if (max == null) {
      fields.error("max_tokens", "is required");
    }
    if (interval == null || interval.compareTo(RateLimitReader.SHORTEST_INTERVAL) < 0) {
      fields.error("fill_interval", "must be at least 50ms");
    }
    return new RateLimit.Bucket(
        max == null ? 1 : max,
        perFill == null ? 1 : perFill,
        interval == null ? RateLimitReader.SHORTEST_INTERVAL : interval);
  }

  /** Percent by a RuntimeFractionalPercent. There is no runtime, so its default holds. */
  private static double share(Fields fields, String name, double unset) {
    Double share =
        fields.object(
            name,
            fraction -> {
              fraction.skip("runtime_key");
              return fraction.object("default_value", EnvoyRateLimits::percent);
            });
    return share == null ? unset : share;
  }

  private static double percent(Fields fields) {
    Integer numerator = fields.integer("numerator", 0, Integer.MAX_VALUE);
    String denominator = fields.string("denominator");
    double parts =
        switch (denominator == null ? "HUNDRED" : denominator) {
          case "HUNDRED" -> 100;
          case "TEN_THOUSAND" -> 10_000;
          case "MILLION" -> 1_000_000;
          default -> {
            fields.error("denominator", denominator + " is not known");
            yield 100;
          }
        };
    return numerator == null ? 0 : Math.min(100, 100 * numerator / parts);
  }

  private static RateLimit.Refusal refusal(Fields fields, String status) {
    Integer code = fields.object(status, it -> it.integer("code", 0, 599));
    String limitHeaders = fields.string("enable_x_ratelimit_headers");
    if (limitHeaders != null && !Set.of("OFF", "DRAFT_VERSION_03").contains(limitHeaders)) {
      fields.error("enable_x_ratelimit_headers", limitHeaders + " is not known");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    fields
        .objects(
            "response_headers_to_add",
            option -> {
              // Nobody has set it before.
              option.skip("append", "append_action");
              return option.object(
                  "header",
                  header ->
                      Map.entry(
                          header.requiredString("key").toLowerCase(Locale.ROOT),
                          header.requiredString("value")));
            })
        .forEach(header -> headers.put(header.getKey(), header.getValue()));
    return new RateLimit.Refusal(
        code == null || code < 400 ? RateLimit.Refusal.DEFAULT_STATUS : code,
        headers,
        Boolean.TRUE.equals(fields.bool("rate_limited_as_resource_exhausted")),
        "DRAFT_VERSION_03".equals(limitHeaders));
  }

  private static @Nullable Filter global(
      Fields fields, String name, Map<String, Service> clusters) {
    fields.skip("stat_prefix");
    String type = fields.string("request_type");
    if (type != null && !type.equals("both")) {
      fields.error("request_type", "must be both");
    }
    Service service =
        fields.object(
            "rate_limit_service",
            it -> {
              it.skip("transport_api_version");
              return it.object(
                  "grpc_service",
                  grpc -> {
                    // Of what the filter asks its own timeout holds.
                    grpc.skip("timeout");
                    return grpc.object("envoy_grpc", envoy -> service(envoy, clusters));
                  });
            });
    String domain = fields.requiredString("domain");
    Duration timeout = fields.duration("timeout");
    int stage = EnvoyRateLimitRules.stage(fields);
    boolean failClosed = Boolean.TRUE.equals(fields.bool("failure_mode_deny"));
    RateLimit.Refusal refusal = refusal(fields, "rate_limited_status");
    if (service == null) {
      fields.error("rate_limit_service", "must have a grpc_service with an envoy_grpc");
      return null;
    }
    return new Filter(
        stage,
        new RateLimit.Global(
            name,
            name.substring(0, name.indexOf('/')),
            service.host,
            service.port,
            domain,
            timeout == null ? RateLimit.Global.DEFAULT_TIMEOUT : timeout,
            failClosed,
            List.of(),
            refusal));
  }

  private static @Nullable Service service(Fields fields, Map<String, Service> clusters) {
    fields.skip("authority");
    String cluster = fields.requiredString("cluster_name");
    String[] parts = cluster.split("\\|", -1);
    Service added = clusters.get(cluster);
    if (added != null) {
      return added;
    } else if (parts.length == 4 && parts[0].equals("outbound") && parts[1].matches("\\d{1,5}")) {
      return new Service(parts[3], Integer.parseInt(parts[1]));
    }
    fields.error(
        "cluster_name", cluster + " is neither outbound|PORT||HOST nor added by this EnvoyFilter");
    return null;
  }

  /** A cluster that stands for one host and port. */
  static @Nullable Service cluster(Fields fields, Map<String, Service> clusters) {
    // The mesh has a cluster of its own for that service.
    fields.skip(
        "type",
        "connect_timeout",
        "lb_policy",
        "http2_protocol_options",
        "protocol_selection",
        "dns_lookup_family",
        "typed_extension_protocol_options");
    String name = fields.requiredString("name");
    List<@Nullable Service> addresses =
        fields.object(
            "load_assignment",
            assignment -> {
              assignment.skip("cluster_name");
              return assignment
                  .objects(
                      "endpoints",
                      locality -> locality.objects("lb_endpoints", EnvoyRateLimits::address))
                  .stream()
                  .<@Nullable Service>flatMap(List::stream)
                  .toList();
            });
    Service only = addresses == null || addresses.size() != 1 ? null : addresses.get(0);
    if (only == null) {
      fields.error("load_assignment", "must have one endpoint with a host and a port");
    } else {
      clusters.put(name, only);
    }
    return only;
  }

  private static @Nullable Service address(Fields fields) {
    return fields.object(
        "endpoint",
        endpoint ->
            endpoint.object(
                "address",
                address ->
                    address.object(
                        "socket_address",
                        socket -> {
                          socket.skip("protocol");
                          Integer port = CommonFields.port(socket, "port_value");
                          String host = socket.requiredString("address");
                          return port == null ? null : new Service(host, port);
                        })));
  }
}
