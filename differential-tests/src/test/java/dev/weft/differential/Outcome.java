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

  /** What tells the sides apart, and what belongs to a connection. */
  private static final Set<String> UNCOMPARED = Set.of("x-case", "connection", "transfer-encoding");

  /** A request may say so, or nothing, where it has no body. */
  private static final Field NO_BODY = new Field("content-length", "0");

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
      List<Field> sent = each.headers().stream().filter(it -> !it.equals(NO_BODY)).toList();
      put(upstream + "header ", sent, aspects);
    }
    return aspects;
  }

  /** A cookie that is made has a value by chance. */
  private static String comparable(Field header) {
    return header.name().equals("set-cookie")
        ? header.value().replaceFirst("=\"\\p{XDigit}{16}\"", "=\"by chance\"")
        : header.value();
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
