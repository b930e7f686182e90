package dev.weft.differential;

import dev.weft.differential.http.Field;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What became of a call, as its caller, its upstreams and the access log saw it.
 *
 * @param status 0 if the connection ended without a whole response
 */
record Outcome(
    int status, List<Field> headers, String body, List<Upstreams.Seen> seen, AccessLogLine log) {

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
    int number = 1;
    for (Upstreams.Seen each : seen) {
      String upstream = "upstream " + number++ + " ";
      aspects.put(upstream + "endpoint", each.address());
      aspects.put(upstream + "line", each.line());
      aspects.put(upstream + "body", each.body());
      put(upstream + "header ", each.headers(), aspects);
    }
    return aspects;
  }

  private static void put(String prefix, List<Field> headers, Map<String, String> aspects) {
    headers.stream()
        // Tells the sides apart.
        .filter(header -> !header.name().equals("x-case"))
        .collect(
            Collectors.groupingBy(
                Field::name, Collectors.mapping(Field::value, Collectors.joining(" | "))))
        .forEach((name, values) -> aspects.put(prefix + name, values));
  }
}
