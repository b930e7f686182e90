package dev.weft.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
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
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.upstream.HealthProbe;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import dev.weft.engine.upstream.Upstreams;
import dev.weft.identity.TestAuthority;
import dev.weft.identity.WorkloadTls;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine's health checks over real sockets; time passes when a test says so. */
@Timeout(60)
class HealthChecksTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";

  private final TestAuthority authority = new TestAuthority();
  private final WorkloadTls tls =
      new WorkloadTls(() -> authority.issue("spiffe://cluster.local/ns/shop/sa/storefront"));
  private final SteppedTimer timer = new SteppedTimer();
  private final RemoteClient client = new RemoteClient(tls, timer);
  private final Random random = new Random(1);
  private final Upstreams upstreams =
      new Upstreams(timer, () -> random, new HealthProbe(client, tls));
  private final ScriptedServer one = new ScriptedServer();
  private final ScriptedServer two = new ScriptedServer();

  @AfterEach
  void nothingIsLeft() {
    upstreams.update(Map.of());
    client.close();
    await().untilAsserted(() -> assertThat(one.open).isEmpty());
    one.close();
    two.close();
  }

  @Test
  void aServerThatDiesIsNotPickedUntilItAnswersAgain() {
    Upstream cluster = cluster(http("/ok"), null, one.address(), two.address());
    await().untilAsserted(() -> assertThat(two.requests).hasSize(1));
    assertThat(picked(cluster)).hasSize(2);
    assertThat(one.requests.get(0))
        .startsWith("GET /ok HTTP/1.1\r\nHost: c\r\nuser-agent: Envoy/HC\r\n");

    two.close();
    awaitAfterPauses(cluster, Set.of(one.address().getPort()));
  }

  @Test
  void oneThatNeverAnswersIsUnhealthyInTime() {
    Upstream cluster = cluster(http("/silence"), null, one.address());
    assertThat(picked(cluster)).hasSize(1);

    awaitAfterPauses(cluster, Set.of());
  }

  @Test
  void tcpIsAskedAndAnswers() {
    Payload ping = new Payload("GET /ok HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
    Payload pong = new Payload("200 OK".getBytes(US_ASCII));
    Upstream cluster = cluster(new Tcp(ping, List.of(pong)), null, one.address());
    await().untilAsserted(() -> assertThat(one.requests).hasSize(1));
    assertThat(picked(cluster)).hasSize(1);

    Payload other = new Payload("no such words".getBytes(US_ASCII));
    awaitAfterPauses(cluster(new Tcp(ping, List.of(other)), null, one.address()), Set.of());
  }

  @Test
  void grpcThatIsNotServedIsUnhealthy() {
    Grpc check = new Grpc("", "", HeaderEdits.NONE);
    awaitAfterPauses(cluster(check, null, one.address()), Set.of()); // HTTP/1.1
  }

  @Test
  void overMutualTlsAsRequestsGo() throws Exception {
    try (TlsFront front = new TlsFront(authority.issue(CATALOG), one.address(), "istio-http/1.1")) {
      PeerTls peer = new PeerTls("sni", List.of(CATALOG), List.of("istio-http/1.1"));
      Upstream cluster = cluster(http("/ok"), peer, front.address());

      await().untilAsserted(() -> assertThat(one.requests).hasSize(1));
      assertThat(front.callers).hasSize(1);
      assertThat(picked(cluster)).hasSize(1);
    }
  }

  /** Lets pauses and timeouts pass until what can be picked is this. */
  private void awaitAfterPauses(Upstream cluster, Set<Integer> ports) {
    await()
        .untilAsserted(
            () -> {
              timer.pass(SECOND);
              assertThat(picked(cluster)).isEqualTo(ports);
            });
  }

  private static Http http(String path) {
    return new Http(
        "GET",
        "",
        path,
        HeaderEdits.NONE,
        Payload.NONE,
        List.of(),
        List.of(new Statuses(200, 201)),
        List.of());
  }

  private Upstream cluster(Check check, @Nullable PeerTls peer, InetSocketAddress... addresses) {
    Intervals often =
        new Intervals(SECOND, SECOND, SECOND, SECOND, SECOND, SECOND, Duration.ZERO, 0);
    Cluster cluster =
        new Cluster(
            "c",
            LoadBalancing.ROUND_ROBIN,
            SECOND,
            peer,
            peer != null,
            null,
            CircuitBreakers.NONE,
            new HealthCheck(check, SECOND, Duration.ZERO, often, 2, 2),
            Assignment.of(
                Stream.of(addresses)
                    .map(address -> new Endpoint(address, peer != null, false, 1, Map.of()))
                    .toList()));
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  private static Set<Integer> picked(Upstream upstream) {
    Set<Integer> ports = new TreeSet<>();
    for (int i = 0; i < 4; i++) {
      Target target = upstream.pick(null);
      if (target != null) {
        ports.add(target.endpoint().address().getPort());
      }
    }
    return ports;
  }
}
