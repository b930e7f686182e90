package dev.weft.engine.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Model;
import dev.weft.engine.ScriptedClient;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.model.HealthCheck.Check;
import dev.weft.engine.model.HealthCheck.Grpc;
import dev.weft.engine.model.HealthCheck.Http;
import dev.weft.engine.model.HealthCheck.Intervals;
import dev.weft.engine.model.HealthCheck.Payload;
import dev.weft.engine.model.HealthCheck.Statuses;
import dev.weft.engine.model.HealthCheck.Tcp;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.AsyncClient.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, core.v3.HealthCheck and "Health checking" of its architecture overview. */
class HealthCheckTest {

  private static final Intervals INTERVALS =
      new Intervals(
          seconds(10), seconds(1), seconds(5), seconds(2), seconds(60), seconds(30), seconds(0), 0);
  private static final Http PATH =
      new Http(
          "GET",
          "",
          "/healthz",
          HeaderEdits.NONE,
          Payload.NONE,
          List.of(),
          List.of(new Statuses(200, 201)),
          List.of(new Statuses(503, 504)));

  private final VirtualTimer timer = new VirtualTimer();
  private final ScriptedClient client = new ScriptedClient();
  private final Random random = new Random(1);
  private final EngineFixture mesh = new EngineFixture();
  private final Upstreams upstreams =
      new Upstreams(timer, () -> random, new HealthProbe(client, mesh.engine.tls()));
  private int answered;

  @Test
  void asksAsItIsConfigured() {
    Http http =
        new Http(
            "POST",
            "health.shop",
            "/healthz?deep",
            new HeaderEdits(List.of(), List.of(new Header("x-from", "weft")), List.of()),
            new Payload("hello".getBytes(US_ASCII)),
            List.of(),
            PATH.expected(),
            List.of());
    update(check(http), 1000);

    ScriptedClient.Sent sent = client.sent.get(0);
    assertThat(sent.to().address().getPort()).isEqualTo(1000);
    assertThat(sent.timeout()).isEqualTo(seconds(3));
    assertThat(sent.request().method()).isEqualTo("POST");
    assertThat(sent.request().authority()).isEqualTo("health.shop");
    assertThat(sent.request().path()).isEqualTo("/healthz?deep");
    assertThat(sent.request().headers())
        .containsExactly(new Header("user-agent", "Envoy/HC"), new Header("x-from", "weft"));
    assertThat(new String(sent.request().body(), US_ASCII)).isEqualTo("hello");
    // host: "If left empty (default value), the name of the cluster … will be used."
    update(check(PATH), 1001);
    assertThat(client.sent.get(1).request().authority()).isEqualTo("c");
  }

  /** Endpoint.HealthCheckConfig.port_value. */
  @Test
  void asksAtThePortThatIsForChecks() {
    Endpoint served = Model.endpoint(1000);
    Endpoint endpoint =
        new Endpoint(
            served.address(), false, Endpoint.Health.HEALTHY, 1, Map.of(), /* checkedPort= */ 9000);
    Upstream c = upstream(with(Model.with(Model.cluster("c"), List.of(endpoint)), check(PATH)));

    assertThat(client.sent)
        .extracting(sent -> sent.to().address())
        .containsExactly(new InetSocketAddress(served.address().getAddress(), 9000));
    assertThat(picked(c)).containsExactly(1000);
  }

  @Test
  void failuresInARowMakeUnhealthyAndSuccessesInARowHealthy() {
    Upstream c = update(check(PATH), 1000, 1001);
    use(c);
    answer(200, 200);
    assertThat(picked(c)).containsExactly(1000, 1001);

    timer.pass(seconds(10));
    fail(new IOException("refused"));
    answer(200);
    assertThat(picked(c)).as("unhealthy_threshold: 2").containsExactly(1000, 1001);
    timer.pass(seconds(2));
    fail(new SocketTimeoutException());
    assertThat(picked(c)).containsExactly(1001);

    timer.pass(seconds(5));
    answer(200);
    timer.pass(seconds(1));
    answer(200);
    assertThat(picked(c)).as("healthy_threshold: 3").containsExactly(1001);
    timer.pass(seconds(1));
    answer(200);
    assertThat(picked(c)).containsExactly(1000, 1001);
  }

  @Test
  void aFailureInBetweenBeginsTheRowAnew() {
    Upstream c = update(check(PATH), 1000);
    use(c);
    for (int status : new int[] {503, 200, 503, 200}) {
      answer(status);
      timer.pass(seconds(10));
    }
    assertThat(picked(c)).containsExactly(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "200, true, ''",
    "201, false, expected_statuses: the default is 200 alone, and others need no second",
    "404, false, 'unhealthy_threshold: ignored for a code that is neither expected nor retriable'",
    "503, true, retriable_statuses count towards the threshold",
  })
  void aStatusMayDecideAtOnce(int status, boolean healthy, String source) {
    Upstream c = update(check(PATH), 1000);
    answer(status);
    assertThat(picked(c).contains(1000)).as(source).isEqualTo(healthy);
  }

  @ParameterizedTest
  @CsvSource({"well and good,true", "good and well,false", "'',false"})
  void theBodyMustHoldWhatIsExpected(String body, boolean healthy) {
    Http http =
        new Http(
            "GET",
            "",
            "/",
            HeaderEdits.NONE,
            Payload.NONE,
            List.of(payload("well"), payload("good")),
            PATH.expected(),
            List.of());
    Upstream c = update(check(http), 1000);
    client.sent.get(0).answer().complete(new Response(200, List.of(), body.getBytes(US_ASCII)));
    assertThat(picked(c).contains(1000)).isEqualTo(healthy);
  }

  @Test
  void anEndpointThatJoinsIsUsedWhenItsFirstCheckHasPassed() {
    Upstream before = update(check(PATH), 1000);
    assertThat(picked(before)).as("checks begin").containsExactly(1000);
    answer(200);

    Upstream c = update(check(PATH), 1000, 1001);
    assertThat(picked(c)).containsExactly(1000);
    answer(200);
    assertThat(picked(c)).as("the first needs no second").containsExactly(1000, 1001);
    assertThat(update(check(PATH), 1000).pick(null)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    // traffic, statuses of the checks, seconds to the next
    "false, 200, 30, no_traffic_healthy_interval",
    "false, 404, 60, no_traffic_interval",
    "true, 200, 10, interval",
    "true, 503, 2, unhealthy_edge_interval: more must fail",
    "true, 404, 5, unhealthy_interval",
    "true, 404 200, 1, healthy_edge_interval: more must pass",
    "true, 404 200 200 200, 10, interval",
  })
  void thePauseDependsOnWhatWasFound(boolean traffic, String statuses, int seconds, String source) {
    Upstream c = update(check(PATH), 1000);
    if (traffic) {
      use(c);
    }
    for (String status : statuses.split(" ", -1)) {
      timer.pass(answered == 0 ? seconds(0) : seconds(5));
      answer(Integer.parseInt(status));
    }
    int asked = client.sent.size();

    timer.pass(seconds(seconds).minusNanos(1));
    assertThat(client.sent).as(source).hasSize(asked);
    timer.pass(Duration.ofNanos(1));
    assertThat(client.sent).as(source).hasSize(asked + 1);
  }

  @Test
  void jitterIsAddedAndBounded() {
    Intervals jittery =
        new Intervals(
            seconds(10),
            seconds(1),
            seconds(5),
            seconds(2),
            seconds(60),
            seconds(10),
            seconds(2),
            50);
    HealthCheck check = new HealthCheck(PATH, seconds(3), seconds(4), jittery, 2, 3);
    update(check, 1000);
    assertThat(client.sent).as("initial_jitter").isEmpty();
    timer.pass(seconds(4));
    assertThat(client.sent).hasSize(1);

    for (int i = 0; i < 20; i++) {
      int asked = client.sent.size();
      answer(200);
      timer.pass(seconds(10).minusNanos(1));
      assertThat(client.sent).hasSize(asked);
      timer.pass(seconds(7)); // half of the interval, and two seconds
      assertThat(client.sent).hasSize(asked + 1);
    }
  }

  @Test
  void whenAllAreUnhealthyPanicDecides() {
    Upstream c = update(check(PATH), 1000, 1001);
    answer(404, 404);
    assertThat(c.pick(null)).as("healthy_panic_threshold 0").isNull();

    Cluster panicky =
        Model.with(
            Model.cluster("p", 1000, 1001),
            new LoadBalancing(LoadBalancing.ROUND_ROBIN.policy(), false, 50));
    Upstream p = upstream(with(panicky, check(PATH)));
    answer(404, 404);
    assertThat(picked(p)).containsExactly(1000, 1001);
  }

  @Test
  void aSuccessTakesBackWhatWasEjected() {
    OutlierDetection detection = Model.consecutive5xx(1, seconds(10), Duration.ofMinutes(5), 100);
    Cluster cluster = Model.with(Model.cluster("c", 1000, 1001), detection);
    Upstream c = upstream(with(cluster, check(PATH)));
    answer(200, 200);
    Target ejected = Objects.requireNonNull(c.pick(null));
    c.responded(ejected, 500);
    assertThat(picked(c)).hasSize(1);

    timer.pass(seconds(30));
    answer(200, 200);

    assertThat(picked(c)).as("successful_active_health_check_uneject_host").hasSize(2);
  }

  @Test
  void nobodyIsAskedAfterItHasGone() {
    update(check(PATH), 1000, 1001);
    answer(200, 200);
    update(check(PATH), 1000);
    timer.pass(seconds(30));
    assertThat(client.sent).hasSize(3);
    upstreams.update(Map.of());
    client.sent.get(2).answer().complete(new Response(200, List.of(), new byte[0]));
    assertThat(timer.pending()).isZero();
  }

  @Test
  void whatDidNotChangeGoesOn() {
    update(check(PATH), 1000);
    answer(200);
    timer.pass(seconds(29));
    update(check(PATH), 1000, 1001);
    assertThat(client.sent).hasSize(2);
    timer.pass(seconds(1));
    assertThat(client.sent).as("its pause is not begun anew").hasSize(3);
  }

  @Test
  void withoutChecksNobodyIsUnhealthy() {
    Upstream c = update(check(PATH), 1000);
    answer(404);
    assertThat(picked(c)).isEmpty();
    Upstream unchecked = update(null, 1000);
    assertThat(picked(unchecked)).containsExactly(1000);
    assertThat(timer.pending()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1, true",
    "0, false", // UNKNOWN
    "2, false", // NOT_SERVING
    "3, false", // SERVICE_UNKNOWN
  })
  void grpcHealthSaysHowItIs(int status, boolean healthy) {
    Upstream c = update(check(new Grpc("shop.Catalog", "", HeaderEdits.NONE)), 1000);
    ScriptedClient.Called call = client.called.get(0);
    assertThat(call.method()).isEqualTo("grpc.health.v1.Health/Check");
    assertThat(call.authority()).isEqualTo("c");
    assertThat(call.message()).startsWith(10, 12).endsWith("shop.Catalog".getBytes(US_ASCII));

    call.answer().complete(status == 0 ? new byte[0] : new byte[] {8, (byte) status});

    assertThat(picked(c).contains(1000)).isEqualTo(healthy);
  }

  @ParameterizedTest
  @CsvSource({"12, false", "5, false", "14, true", "4, true"})
  void aGrpcStatusIsItsWordUnlessItIsTheConnections(int status, boolean healthy) {
    Upstream c = update(check(new Grpc("", "authority", HeaderEdits.NONE)), 1000);
    assertThat(client.called.get(0).message()).isEmpty();
    client.called.get(0).answer().completeExceptionally(new CallFailed(status, "no", null));
    assertThat(picked(c).contains(1000)).isEqualTo(healthy);
  }

  @Test
  void tcpSendsAndExpects() {
    Upstream c = update(check(new Tcp(payload("PING"), List.of(payload("PONG")))), 1000);
    ScriptedClient.Conversed first = client.conversed.get(0);
    assertThat(new String(first.send(), US_ASCII)).isEqualTo("PING");
    assertThat(new String(first.receive().get(0), US_ASCII)).isEqualTo("PONG");
    first.answer().completeExceptionally(new IOException("closed"));
    assertThat(picked(c)).containsExactly(1000);
    timer.pass(seconds(60));
    client.conversed.get(1).answer().completeExceptionally(new IOException("closed"));
    assertThat(picked(c)).isEmpty();
  }

  @Test
  void checksGoTheWayOfRequests() {
    Cluster secured =
        Model.with(
            Model.with(Model.cluster("c"), List.of(Model.endpoint(1000, 1, true, false))),
            Model.TLS,
            true);
    mesh.certificate = false;
    upstream(with(secured, check(PATH)));
    assertThat(client.sent).as("nothing in the clear").isEmpty();
    mesh.certificate = true;
    timer.pass(seconds(60));
    assertThat(client.sent.get(0).to().tls()).isEqualTo(Model.TLS);
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static Payload payload(String text) {
    return new Payload(text.getBytes(US_ASCII));
  }

  private static HealthCheck check(Check check) {
    return new HealthCheck(check, seconds(3), Duration.ZERO, INTERVALS, 2, 3);
  }

  private static Cluster with(Cluster cluster, @Nullable HealthCheck check) {
    return new Cluster(
        cluster.name(),
        cluster.loadBalancing(),
        cluster.connectTimeout(),
        cluster.tls(),
        cluster.tlsRequired(),
        cluster.outlierDetection(),
        cluster.circuitBreakers(),
        check,
        cluster.assignment());
  }

  private Upstream update(@Nullable HealthCheck check, int... ports) {
    return upstream(with(Model.cluster("c", ports), check));
  }

  private Upstream upstream(Cluster cluster) {
    return Objects.requireNonNull(
        upstreams.update(Map.of(cluster.name(), cluster)).get(cluster.name()));
  }

  private static void use(Upstream upstream) {
    Target target = Objects.requireNonNull(upstream.pick(null));
    assertThat(upstream.acquire(target)).isTrue();
    upstream.release(target);
  }

  /** Answers the oldest requests that were not. */
  private void answer(int... statuses) {
    for (int status : statuses) {
      client.sent.get(answered++).answer().complete(new Response(status, List.of(), new byte[0]));
    }
  }

  private void fail(IOException failure) {
    client.sent.get(answered++).answer().completeExceptionally(failure);
  }

  private static Set<Integer> picked(Upstream upstream) {
    Set<Integer> ports = new TreeSet<>();
    for (int i = 0; i < 8; i++) {
      Target target = upstream.pick(null);
      if (target != null) {
        ports.add(target.endpoint().address().getPort());
      }
    }
    return ports;
  }
}
