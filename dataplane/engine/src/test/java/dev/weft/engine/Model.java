package dev.weft.engine;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.LastGoodAnswer;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.model.OutlierDetection.FailurePercentage;
import dev.weft.engine.model.OutlierDetection.SuccessRate;
import dev.weft.engine.model.Regex;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Short ways to write configuration in tests. */
public final class Model {

  public static final PeerTls TLS =
      new PeerTls(
          "outbound_.8080_._.catalog",
          List.of("spiffe://cluster.local/ns/shop/sa/catalog"),
          List.of("istio-http/1.1"));

  private Model() {}

  public static Endpoint endpoint(int port) {
    return endpoint(port, 1, false, false);
  }

  public static Endpoint endpoint(int port, int weight, boolean meshTls, boolean draining) {
    return new Endpoint(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        meshTls,
        draining,
        weight,
        Map.of());
  }

  /** Endpoints by port, in round robin, so that a test can tell which comes when. */
  public static Cluster cluster(String name, int... ports) {
    return new Cluster(
        name,
        LoadBalancing.ROUND_ROBIN,
        Duration.ofSeconds(10),
        null,
        false,
        null,
        CircuitBreakers.NONE,
        Assignment.of(IntStream.of(ports).mapToObj(Model::endpoint).toList()));
  }

  public static Cluster with(Cluster cluster, LoadBalancing loadBalancing) {
    return new Cluster(
        cluster.name(),
        loadBalancing,
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        cluster.outlierDetection(),
        cluster.circuitBreakers(),
        cluster.assignment());
  }

  public static Cluster with(Cluster cluster, @Nullable UpstreamTls tls, boolean required) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        tls,
        required,
        cluster.outlierDetection(),
        cluster.circuitBreakers(),
        cluster.assignment());
  }

  public static Cluster with(Cluster cluster, OutlierDetection detection) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        detection,
        cluster.circuitBreakers(),
        cluster.assignment());
  }

  public static Cluster with(Cluster cluster, int maxRequests) {
    return with(cluster, new CircuitBreakers(maxRequests, Integer.MAX_VALUE, null));
  }

  public static Cluster with(Cluster cluster, CircuitBreakers circuitBreakers) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        cluster.outlierDetection(),
        circuitBreakers,
        cluster.assignment());
  }

  public static Cluster with(Cluster cluster, List<Endpoint> endpoints) {
    return with(cluster, Assignment.of(endpoints));
  }

  public static Cluster with(Cluster cluster, Assignment assignment) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        cluster.outlierDetection(),
        cluster.circuitBreakers(),
        assignment);
  }

  public static Cluster with(Cluster cluster, LastGoodAnswer lastGoodAnswer) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        cluster.outlierDetection(),
        cluster.circuitBreakers(),
        cluster.healthCheck(),
        lastGoodAnswer,
        cluster.connectionOptions(),
        cluster.assignment());
  }

  public static LocalityEndpoints locality(
      String name, int priority, int weight, Endpoint... endpoints) {
    return new LocalityEndpoints(name, priority, weight, List.of(endpoints));
  }

  /** So many 5xx in a row; everything else as by Istio's defaults, but one may always be out. */
  public static OutlierDetection consecutive5xx(
      int failures, Duration interval, Duration baseEjectionTime, int maxEjectionPercent) {
    return new OutlierDetection(
        interval,
        baseEjectionTime,
        Duration.ofMinutes(5),
        Duration.ZERO,
        maxEjectionPercent,
        true,
        false,
        new Consecutive(failures, 100),
        new Consecutive(5, 0),
        new Consecutive(5, 100),
        new SuccessRate(5, 100, 1900, 0, 0),
        new FailurePercentage(85, 5, 50, 0, 0));
  }

  public static HeaderMatch header(String name, String value) {
    return new HeaderMatch(name, new StringMatch.Exact(value, false), false);
  }

  public static StringMatch prefix(String path) {
    return new StringMatch.Prefix(path, false);
  }

  public static Route.Destination to(String cluster, int weight) {
    return new Route.Destination(cluster, weight, "", HeaderEdits.NONE, HeaderEdits.NONE);
  }

  public static Route.Forward forward(String cluster) {
    return forward(cluster, null, null);
  }

  public static Route.Forward forward(
      String cluster, @Nullable Duration timeout, @Nullable RetryPolicy retry) {
    return forward(List.of(to(cluster, 1)), timeout, retry);
  }

  public static Route.Forward forward(
      List<Route.Destination> destinations,
      @Nullable Duration timeout,
      @Nullable RetryPolicy retry) {
    return new Route.Forward(
        destinations, Route.Rewrite.NONE, new Route.Timeouts(timeout, null), retry, List.of());
  }

  public static Route route(String name, Route.Action action) {
    return route(name, prefix("/"), action);
  }

  public static Route route(
      String name, StringMatch path, Route.Action action, HeaderMatch... headers) {
    return new Route(
        name,
        new Route.Match(path, List.of(headers), List.of()),
        action,
        null,
        null,
        HeaderEdits.NONE,
        HeaderEdits.NONE);
  }

  public static Route with(Route route, FaultPolicy fault) {
    return new Route(
        route.name(),
        route.match(),
        route.action(),
        fault,
        route.cors(),
        route.requestHeaders(),
        route.responseHeaders(),
        route.rateLimits());
  }

  public static FaultPolicy delay(Duration duration) {
    return new FaultPolicy(new FaultPolicy.Delay(duration, Fraction.ALL), null, List.of());
  }

  public static FaultPolicy abort(int status, Fraction share) {
    return new FaultPolicy(
        null, new FaultPolicy.Abort(new FaultPolicy.Status(status, false), share), List.of());
  }

  /** By the JDK's expressions, which are good enough for tests. */
  public static StringMatch regex(String regex) {
    return new StringMatch.Pattern(new TestRegex(regex, ""));
  }

  /**
   * @param prefix what the expression is known to begin with
   */
  public static StringMatch regex(String regex, String prefix) {
    return new StringMatch.Pattern(new TestRegex(regex, prefix));
  }

  private record TestRegex(String regex, String literalPrefix) implements Regex {
    @Override
    public boolean matches(String text) {
      return text.matches(regex);
    }
  }

  /** Back-off between 0 and 25 ms, growing to 250 ms. */
  public static RetryPolicy retry(int retries, String... on) {
    return retry(retries, null, on);
  }

  public static RetryPolicy retry(int retries, @Nullable Duration perTry, String... on) {
    return new RetryPolicy(
        Set.of(on),
        retries,
        perTry,
        Duration.ofMillis(25),
        Duration.ofMillis(250),
        Set.of(),
        List.of(),
        List.of(),
        true,
        false);
  }

  /** Another attempt beside one that takes longer. */
  public static RetryPolicy hedging(RetryPolicy retry, Duration perTry) {
    return new RetryPolicy(
        retry.on(),
        retry.retries(),
        perTry,
        retry.backOffBase(),
        retry.backOffMax(),
        retry.retriableStatusCodes(),
        retry.retriableHeaders(),
        retry.retriableRequestHeaders(),
        retry.avoidPreviousHosts(),
        true);
  }
}
