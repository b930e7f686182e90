package dev.weft.differential;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A difference that is meant. There are ten at most.
 *
 * @param reason for people
 */
record AcceptedDifference(String name, String reason, Predicate<Difference> covers) {

  private static final Set<String> OF_A_PROXY =
      Set.of(
          "server",
          "date",
          "x-envoy-upstream-service-time",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-envoy-internal",
          "x-envoy-external-address");

  static final List<AcceptedDifference> ALL =
      List.of(
          new AcceptedDifference(
              "headers of a proxy",
              "A proxy says that it is one. Code in the caller's own process is none, and changes"
                  + " nothing that it wasn't told to change.",
              it ->
                  (OF_A_PROXY.contains(it.header()) || isRequestIdOfAServer(it))
                      && it.weft().equals(Difference.NONE)),
          new AcceptedDifference(
              "transport failures",
              "What Envoy tells as a response of 503 its caller's own library tells in process: by"
                  + " its own exception. Flags and attempts are the same.",
              it ->
                  it.ofWeft().body().equals("the library's own exception")
                      && (Set.of("status", "body").contains(it.aspect())
                          || it.aspect().startsWith("response header "))),
          new AcceptedDifference(
              "attempts that can't be sent",
              "Envoy counts the attempt for which it found no endpoint or no room, Weft those that"
                  + " it sends.",
              it ->
                  it.aspect().equals("attempts")
                      && (flag(it, "UH") || flag(it, "UO"))
                      && Integer.parseInt(it.envoy()) == Integer.parseInt(it.weft()) + 1),
          new AcceptedDifference(
              "the name of a cluster that doesn't exist",
              "Envoy logs none. Weft says which, for that is the first question.",
              it -> it.aspect().equals("cluster") && flag(it, "NC")),
          new AcceptedDifference(
              "an authority that names nothing",
              "A proxy learns from the authority where a call goes. In process the caller says so,"
                  + " and its Host header may be any.",
              it ->
                  !it.scenario().inbound()
                      && it.ofEnvoy().log().details().equals("route_not_found")
                      && !it.call().namesDestination()),
          new AcceptedDifference(
              "the order of flags",
              "Envoy lists them as they came, Weft in one order always, so that equal sets are one"
                  + " series of metrics.",
              it ->
                  it.aspect().equals("flags")
                      && Set.of(it.envoy().split(",")).equals(Set.of(it.weft().split(",")))),
          new AcceptedDifference(
              "one cookie for a call",
              "Envoy makes a cookie for each attempt and hands out all of them, of which the last"
                  + " may lead elsewhere than the endpoint that answered. Weft makes one.",
              it ->
                  it.aspect().equals("response header set-cookie")
                      && it.ofEnvoy().log().attempts() > 1
                      && it.envoy().startsWith(it.weft() + " | ")),
          new AcceptedDifference(
              "the host alone as the server's name in TLS",
              "Istio asks for outbound_.PORT_.SUBSET_.HOST, which servers on the JDK's TLS refuse for"
                  + " its underscores. Weft asks for HOST.",
              it ->
                  it.header().equals("x-asked-for")
                      && it.envoy().startsWith("outbound_.")
                      && it.envoy().endsWith("_." + it.weft())),
          new AcceptedDifference(
              "paths as written",
              "Envoy hands the normalized path on. In process the server has read its own already,"
                  + " and policies judge both.",
              it ->
                  it.scenario().inbound()
                      && it.aspect().startsWith("upstream ")
                      && it.aspect().endsWith(" line")),
          new AcceptedDifference(
              "paths as a server reads them",
              "Weft refuses, or has an authorizer asked about, what a policy means in the reading of a"
                  + " servlet container, too: with slashes merged, decoded, and without path"
                  + " parameters.",
              it ->
                  it.scenario().inbound()
                      && it.ofEnvoy().status() == 200
                      && (it.ofWeft().status() == 403 || it.envoy().equals(Difference.NONE))
                      && it.call().path().matches(".*(//|%|;).*")));

  /** Weft sends one with each attempt, as Envoy does; what a server gets it leaves alone. */
  private static boolean isRequestIdOfAServer(Difference difference) {
    return difference.header().equals("x-request-id") && difference.scenario().inbound();
  }

  private static boolean flag(Difference difference, String flag) {
    return List.of(difference.ofEnvoy().log().flags().split(",")).contains(flag);
  }

  static Optional<AcceptedDifference> of(Difference difference) {
    return ALL.stream().filter(it -> it.covers.test(difference)).findFirst();
  }
}
