package dev.weft.config.istio;

import com.google.re2j.Pattern;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.RateLimit.Action;
import dev.weft.config.model.RateLimit.HeaderCondition;
import dev.weft.config.model.StringMatch;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads a ServicePolicy's {@code rateLimits}, and puts them as Envoy's filters. */
final class RateLimitReader {

  static final Duration SHORTEST_INTERVAL = Duration.ofMillis(50);

  /** Of values that are told apart, where nothing is said. */
  private static final int MAX_BUCKETS = 1000;

  private enum FailureMode {
    OPEN,
    CLOSED
  }

  private enum GrpcStatus {
    UNAVAILABLE,
    RESOURCE_EXHAUSTED
  }

  private final Metadata metadata;
  private final boolean ofServers;

  /**
   * @param ofServers whether the policy is for servers, who know callers' identities
   */
  RateLimitReader(Metadata metadata, boolean ofServers) {
    this.metadata = metadata;
    this.ofServers = ofServers;
  }

  List<RateLimit> read(Fields spec) {
    int[] number = {0};
    return spec.objects("rateLimits", fields -> limit(fields, number[0]++));
  }

  private RateLimit limit(Fields fields, int number) {
    String given = fields.string("name");
    if (given != null && !Names.isDnsLabel(given)) {
      fields.error("name", "\"" + given + "\" is not a valid name");
    }
    String name = given == null ? Integer.toString(number) : given;
    List<Action> actions = new ArrayList<>();
    List<HeaderCondition> match = fields.object("match", this::match);
    if (match != null && !match.isEmpty()) {
      actions.add(new RateLimit.HeadersMatch("header_match", name, true, match));
    }
    actions.addAll(fields.objects("per", this::per));
    RateLimit.Refusal refusal = refusal(fields);
    String unique = metadata.namespace() + "/" + metadata.name() + "/" + name;
    RateLimit local = fields.object("local", it -> local(it, unique, actions, refusal));
    RateLimit global = fields.object("global", it -> global(it, unique, name, actions, refusal));
    if (fields.has("local") == fields.has("global")) {
      fields.error("", "must have exactly one of local and global");
    }
    return local != null
        ? local
        : global != null
            ? global
            : new RateLimit.Local(unique, null, false, List.of(), null, List.of(), 0, 0, refusal);
  }

  private RateLimit.Refusal refusal(Fields fields) {
    Integer status = CommonFields.refusalStatus(fields, "status");
    Map<String, String> headers = new LinkedHashMap<>();
    fields
        .stringMap("responseHeaders")
        .forEach(
            (header, value) -> {
              if (!Names.isHeader(header)) {
                fields.error("responseHeaders", "\"" + header + "\" is not a header name");
              }
              headers.put(header.toLowerCase(Locale.ROOT), value);
            });
    return new RateLimit.Refusal(
        status == null ? RateLimit.Refusal.DEFAULT_STATUS : status,
        headers,
        fields.oneOf("grpcStatus", GrpcStatus.class) == GrpcStatus.RESOURCE_EXHAUSTED,
        Boolean.TRUE.equals(fields.bool("limitHeaders")));
  }

  private RateLimit local(
      Fields fields, String name, List<Action> actions, RateLimit.Refusal refusal) {
    Integer requests = fields.integer("requests", 1, Integer.MAX_VALUE);
    if (!fields.has("requests")) {
      fields.error("requests", "is required");
    }
    Duration interval = fields.duration("interval");
    if (interval != null && interval.compareTo(SHORTEST_INTERVAL) < 0) {
      fields.error("interval", "must be at least 50ms");
    }
    int perFill = requests == null ? 1 : requests;
    Integer burst = fields.integer("burst", 1, Integer.MAX_VALUE);
    Integer maxBuckets = fields.integer("maxBuckets", 1, 100_000);
    RateLimit.Bucket bucket =
        new RateLimit.Bucket(
            burst == null ? perFill : burst,
            perFill,
            interval == null ? Duration.ofSeconds(1) : interval);
    if (actions.isEmpty()) {
      if (maxBuckets != null) {
        fields.warning("maxBuckets", "has no effect: without match and per there is one bucket");
      }
      return new RateLimit.Local(name, bucket, true, List.of(), null, List.of(), 100, 100, refusal);
    }
    List<RateLimit.Entry> entries =
        actions.stream().map(action -> new RateLimit.Entry(action.key(), value(action))).toList();
    return new RateLimit.Local(
        name,
        null,
        false,
        List.of(new RateLimit.Descriptor(entries, bucket)),
        maxBuckets == null ? MAX_BUCKETS : maxBuckets,
        List.of(new RateLimit.Rule(actions)),
        100,
        100,
        refusal);
  }

  /** Empty: any. */
  private static String value(Action action) {
    if (action instanceof RateLimit.Constant constant) {
      return constant.value();
    }
    return action instanceof RateLimit.HeadersMatch match ? match.value() : "";
  }

  private RateLimit global(
      Fields fields, String unique, String name, List<Action> actions, RateLimit.Refusal refusal) {
    String service = fields.requiredString("service");
    if (!service.isEmpty() && !Names.isHost(service)) {
      fields.error("service", "\"" + service + "\" is not a host name");
    }
    Integer port = CommonFields.port(fields, "port");
    if (!fields.has("port")) {
      fields.error("port", "is required");
    }
    String domain = fields.requiredString("domain");
    Duration timeout = CommonFields.positiveDuration(fields, "timeout");
    FailureMode mode = fields.oneOf("failureMode", FailureMode.class);
    return new RateLimit.Global(
        unique,
        metadata.namespace(),
        service.toLowerCase(Locale.ROOT),
        port == null ? 1 : port,
        domain,
        timeout == null ? RateLimit.Global.DEFAULT_TIMEOUT : timeout,
        mode == FailureMode.CLOSED,
        List.of(
            new RateLimit.Rule(
                actions.isEmpty()
                    ? List.of(new RateLimit.Constant("generic_key", name))
                    : actions)),
        refusal);
  }

  private @Nullable Action per(Fields fields) {
    String header = fields.string("header");
    String query = fields.string("queryParameter");
    boolean address = Boolean.TRUE.equals(fields.bool("sourceAddress"));
    boolean principal = Boolean.TRUE.equals(fields.bool("sourcePrincipal"));
    String value = fields.string("value");
    String key = fields.string("key");
    int given =
        (header == null ? 0 : 1)
            + (query == null ? 0 : 1)
            + (address ? 1 : 0)
            + (principal ? 1 : 0)
            + (value == null ? 0 : 1);
    if (given != 1) {
      fields.error(
          "",
          "must have exactly one of header, queryParameter, sourceAddress, sourcePrincipal and"
              + " value");
      return null;
    }
    if (header != null) {
      if (!Names.isHeader(header)) {
        fields.error("header", "\"" + header + "\" is not a header name");
      }
      String name = header.toLowerCase(Locale.ROOT);
      return new RateLimit.HeaderValue(name, key == null ? name : key, false);
    } else if (query != null) {
      return new RateLimit.QueryValue(query, key == null ? query : key, false);
    } else if (value != null) {
      return new RateLimit.Constant(key == null ? "generic_key" : key, value);
    } else if (address) {
      if (key != null) {
        fields.error("key", "is always remote_address");
      }
      return new RateLimit.RemoteAddress();
    }
    if (!ofServers) {
      fields.error("sourcePrincipal", "is what servers know: the policy needs a selector");
    }
    return new RateLimit.PeerIdentity(key == null ? "source_principal" : key);
  }

  private List<HeaderCondition> match(Fields fields) {
    List<HeaderCondition> conditions = new ArrayList<>();
    List<String> methods = fields.strings("methods");
    if (!methods.isEmpty()) {
      conditions.add(condition(":method", oneOf(methods, Pattern::quote)));
    }
    List<String> paths = fields.strings("paths");
    if (!paths.isEmpty()) {
      for (int i = 0; i < paths.size(); i++) {
        int star = paths.get(i).indexOf('*');
        boolean atAnEnd = star <= 0 || star == paths.get(i).length() - 1;
        if (!atAnEnd || star != paths.get(i).lastIndexOf('*')) {
          fields.error("paths[" + i + "]", "may have one * only, at its start or its end");
        }
      }
      conditions.add(condition(":path", "(" + oneOf(paths, RateLimitReader::path) + ")(\\?.*)?"));
    }
    CommonFields.headerMatches(fields, "headers")
        .forEach((name, match) -> conditions.add(new HeaderCondition(name, match, false)));
    return conditions;
  }

  private static HeaderCondition condition(String header, String regex) {
    return new HeaderCondition(header, new StringMatch.Regex(regex), false);
  }

  private static String oneOf(List<String> texts, UnaryOperator<String> expression) {
    return String.join("|", texts.stream().map(expression).toList());
  }

  /** As in an AuthorizationPolicy: whole, a prefix and *, or * and a suffix; without the query. */
  private static String path(String path) {
    if (path.endsWith("*")) {
      return Pattern.quote(path.substring(0, path.length() - 1)) + "[^?]*";
    }
    return path.startsWith("*") ? "[^?]*" + Pattern.quote(path.substring(1)) : Pattern.quote(path);
  }
}
