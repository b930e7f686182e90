package dev.weft.config.istio;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weft.config.model.StringMatch;
import dev.weft.config.model.Visibility;
import dev.weft.config.model.WorkloadSelector;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shapes that several of Istio's kinds share. */
final class CommonFields {

  static final int MAX_PORT = 65_535;

  /** Envoy's type.v3.StatusCode, from 400. */
  private static final Set<Integer> ERRORS =
      IntStream.of(
              400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416,
              417, 421, 422, 423, 424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507,
              508, 510, 511)
          .boxed()
          .collect(Collectors.toUnmodifiableSet());

  private CommonFields() {}

  /** {@code {exact | prefix | regex}}; with none of them, mere presence. */
  static StringMatch stringMatch(Fields fields) {
    String exact = fields.string("exact");
    String prefix = fields.string("prefix");
    String regex = fields.string("regex");
    int given = (exact != null ? 1 : 0) + (prefix != null ? 1 : 0) + (regex != null ? 1 : 0);
    if (given > 1) {
      fields.error("", "must have only one of exact, prefix and regex");
    }
    if (exact != null) {
      return new StringMatch.Exact(exact);
    } else if (prefix != null) {
      if (prefix.isEmpty()) {
        fields.error("prefix", "must not be empty");
      }
      return new StringMatch.Prefix(prefix);
    } else if (regex != null) {
      return regex(fields, regex);
    }
    return new StringMatch.Present();
  }

  private static StringMatch regex(Fields fields, String regex) {
    if (regex.equals("*")) {
      // No regular expression, but Istio takes it for "is there".
      return new StringMatch.Present();
    }
    checkRegex(fields, "regex", regex);
    return new StringMatch.Regex(regex);
  }

  /** An expression of RE2's syntax, within Envoy's limits. */
  static void checkRegex(Fields fields, String name, String regex) {
    if (regex.length() > 1024) {
      fields.error(name, "is too long: more than 1024 characters");
    }
    try {
      Pattern unused = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      fields.error(name, "is not a regular expression of RE2: " + e.getMessage());
    }
  }

  /** A match that must say what it wants: presence means nothing for, say, a path. */
  static @Nullable StringMatch valueMatch(Fields parent, String name) {
    StringMatch match = parent.object(name, CommonFields::stringMatch);
    return match instanceof StringMatch.Present ? null : match;
  }

  /** Matches by header, under lower-case names. */
  static Map<String, StringMatch> headerMatches(Fields parent, String name) {
    return headerMatches(parent, name, header -> false);
  }

  /**
   * Matches by header, under lower-case names.
   *
   * @param special names that need not be headers'
   */
  static Map<String, StringMatch> headerMatches(
      Fields parent, String name, Predicate<String> special) {
    Map<String, StringMatch> matches = new LinkedHashMap<>();
    parent
        .objectMap(name, CommonFields::stringMatch)
        .forEach(
            (header, match) -> {
              if (!special.test(header) && !Names.isHeader(header)) {
                parent.error(name, "\"" + header + "\" is not a header name");
              }
              matches.put(header.toLowerCase(Locale.ROOT), match);
            });
    return Collections.unmodifiableMap(matches);
  }

  /** Labels, with the form that Kubernetes demands. */
  static Map<String, String> labels(Fields parent, String name) {
    Map<String, String> labels = parent.stringMap(name);
    labels.forEach(
        (key, value) -> {
          if (!Names.isLabelKey(key)) {
            parent.error(name, "\"" + key + "\" is not a label key");
          }
          if (!Names.isLabelValue(value)) {
            parent.error(name, "\"" + value + "\" is not a label value");
          }
        });
    return labels;
  }

  /** {@code selector.matchLabels}; every workload if absent. */
  static WorkloadSelector selector(Fields spec) {
    return selector(spec, "selector");
  }

  /** {@code matchLabels} of a selector of another name. */
  static WorkloadSelector selector(Fields spec, String name) {
    WorkloadSelector selector =
        spec.object(
            name,
            fields -> {
              Map<String, String> labels = labels(fields, "matchLabels");
              labels.forEach(
                  (key, value) -> {
                    if (value.contains("*") || key.contains("*")) {
                      fields.error("matchLabels", "wildcards are not supported in a selector");
                    }
                  });
              return new WorkloadSelector(labels);
            });
    return selector == null ? WorkloadSelector.ALL : selector;
  }

  /** {@code exportTo}. */
  static Visibility visibility(Fields spec) {
    return visibility(spec, "exportTo");
  }

  /** What is written like {@code exportTo}. */
  static Visibility visibility(Fields spec, String name) {
    var namespaces = spec.strings(name);
    for (String namespace : namespaces) {
      if (!Set.of("*", ".", "~").contains(namespace) && !Names.isDnsLabel(namespace)) {
        spec.error(name, "\"" + namespace + "\" is not a namespace, \".\", \"*\" or \"~\"");
      }
    }
    if (namespaces.size() > 1 && (namespaces.contains("*") || namespaces.contains("~"))) {
      spec.error(name, "\"*\" and \"~\" must stand alone");
    }
    return new Visibility(Set.copyOf(namespaces));
  }

  /** A port number. */
  static @Nullable Integer port(Fields fields, String name) {
    return fields.integer(name, 1, MAX_PORT);
  }

  /** A duration of at least one millisecond, as Istio demands where it means a time limit. */
  static @Nullable Duration positiveDuration(Fields fields, String name) {
    Duration duration = fields.duration(name);
    if (duration != null && duration.compareTo(Duration.ofMillis(1)) < 0) {
      fields.error(name, "must be at least 1ms");
      return null;
    }
    return duration;
  }

  /** The HTTP status of a refusal: one of those that Envoy has a name for. */
  static @Nullable Integer refusalStatus(Fields fields, String name) {
    Integer status = fields.integer(name, 400, 599);
    if (status != null && !ERRORS.contains(status)) {
      fields.error(name, status + " is no status of HTTP's");
    }
    return status;
  }
}
