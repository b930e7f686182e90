package dev.weft.differential;

import dev.weft.differential.http.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What became of a call, as its caller, its upstreams and the access log saw it.
 *
 * @param status 0 if the connection ended without a whole response
 */
record Outcome(
    int status, List<Field> headers, String body, List<Upstreams.Seen> seen, AccessLogLine log) {

  /** Of no call. */
  static final Outcome NONE = new Outcome(0, List.of(), "", List.of(), AccessLogLine.NONE);

  /** The trace that calls bring along. */
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private static final String UUID =
      "\\p{XDigit}{8}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{4}-\\p{XDigit}{12}";

  /** What tells the sides apart, and what belongs to a connection. */
  private static final Set<String> UNCOMPARED = Set.of("x-case", "connection", "transfer-encoding");

  /** A request may say so, or nothing: that it has no body, or that there is no more of a trace. */
  private static final Set<Field> NOTHING =
      Set.of(new Field("content-length", "0"), new Field("tracestate", ""));

  /** All that is compared, each by a name for people. */
  Map<String, String> aspects(boolean inbound) {
    Map<String, String> aspects = new TreeMap<>();
    aspects.put("status", Integer.toString(status));
    aspects.put("body", body);
    put("response header ", headers, aspects);
    aspects.put("flags", log.flags());
    if (!inbound) {
      aspects.put("attempts", Integer.toString(log.attempts()));
      aspects.put("cluster", log.cluster());
      aspects.put("route", log.route());
    }
    Map<String, Integer> numbers = new HashMap<>();
    for (Upstreams.Seen each : seen) {
      // Each endpoint's by itself: copies come when they come.
      int number = numbers.merge(each.address(), 1, Integer::sum);
      String upstream = "upstream " + each.address() + " " + number + " ";
      aspects.put(upstream + "line", each.line());
      aspects.put(upstream + "body", each.body());
      aspects.put(upstream + "TLS", each.tls());
      List<Field> sent = each.headers().stream().filter(it -> !NOTHING.contains(it)).toList();
      put(upstream + "header ", sent, aspects);
    }
    return aspects;
  }

  /** That which a call may say what it is meant to be, by the name of {@link Call#meant}. */
  Map<String, String> ends() {
    return Map.of(
        "status",
        Integer.toString(status),
        "route",
        log.route(),
        "goes",
        seen.stream()
            .map(Upstreams.Seen::address)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" ")));
  }

  /** What is made has a value by chance: cookies, request IDs, traces and their spans. */
  private static String comparable(Field header) {
    String value = header.value();
    return switch (header.name()) {
      case "set-cookie" -> value.replaceFirst("=\"\\p{XDigit}{16}\"", "=\"by chance\"");
      case "x-request-id" -> value.replaceFirst(UUID, "by chance");
      case "traceparent" ->
          value
              .replaceFirst("-\\p{XDigit}{16}-", "-span-")
              .replaceFirst("-(?!" + TRACE + ")\\p{XDigit}{32}-", "-by chance-");
      default -> value;
    };
  }

  private static void put(String prefix, List<Field> headers, Map<String, String> aspects) {
    headers.stream()
        .filter(header -> !UNCOMPARED.contains(header.name()))
        .collect(
            Collectors.groupingBy(
                Field::name, Collectors.mapping(Outcome::comparable, Collectors.joining(" | "))))
        .forEach((name, values) -> aspects.put(prefix + name, values));
  }
}
