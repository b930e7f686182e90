package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MaxRequests;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Bucket;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimit.LocalDescriptor;
import dev.weft.engine.model.RateLimit.Refusal;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.Action;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.model.RateLimitRule.PeerIdentity;
import dev.weft.engine.model.RateLimitRule.RemoteAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Limits on the requests that a port gets. */
class LimitJudgeTest {

  private static final Bucket TWO = new Bucket(2, 2, Duration.ofSeconds(60));

  private final EngineFixture mesh = new EngineFixture();
  private final FakeInboundRequest request = new FakeInboundRequest();

  /** A bucket for each value of what the actions say. */
  private static RateLimit.Local per(boolean shows, Action... actions) {
    List<Entry> entries =
        List.of(actions).stream().map(action -> new Entry(action.key(), "")).toList();
    return new RateLimit.Local(
        "local",
        null,
        false,
        List.of(new LocalDescriptor(entries, TWO)),
        20,
        List.of(new RateLimitRule(0, List.of(actions))),
        0,
        Fraction.ALL,
        Fraction.ALL,
        new Refusal(429, HeaderEdits.NONE, true),
        HeaderEdits.NONE,
        shows);
  }

  private void filters(InboundFilter... filters) {
    mesh.inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of(filters)));
  }

  private int passing() {
    int passed = 0;
    for (int i = 0; i < 5; i++) {
      InboundCall call = mesh.engine.inbound(request);
      passed += call.next() instanceof InboundStep.Proceed ? 1 : 0;
      call.completed();
    }
    return passed;
  }

  private Answer refused() {
    return ((InboundStep.Refuse) mesh.engine.inbound(request).next()).answer();
  }

  /** Envoy's max_requests of the inbound cluster: beyond it there is no waiting. */
  @Test
  void soManyAtOnce() {
    filters(new MaxRequests("max", 2));
    InboundCall one = mesh.engine.inbound(request);
    assertThat(one.next()).isInstanceOf(InboundStep.Proceed.class);
    InboundCall two = mesh.engine.inbound(request);
    assertThat(two.next()).isInstanceOf(InboundStep.Proceed.class);
    Answer answer = refused();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.flag()).isEqualTo(ResponseFlag.UPSTREAM_OVERFLOW);
    assertThat(answer.headers()).contains(new Header("x-envoy-overloaded", "true"));
    assertThat(refused().status()).as("a refusal holds nothing").isEqualTo(503);
    one.completed();
    assertThat(passing()).isEqualTo(5);
    two.completed();
  }

  @Test
  void byIdentity() {
    filters(per(false, new PeerIdentity("peer")));
    assertThat(passing()).isEqualTo(2);
    request.peerId = "spiffe://cluster.local/ns/shop/sa/cart";
    assertThat(passing()).isEqualTo(2);
    request.peerId = null;
    assertThat(passing()).as("nobody that is known").isEqualTo(5);
  }

  /** Envoy's remote_address is the trusted client's, which the last proxy wrote. */
  @Test
  void byAddress() {
    filters(per(false, new RemoteAddress()));
    assertThat(passing()).isEqualTo(2);
    request.headers.put("x-forwarded-for", "10.0.0.1");
    assertThat(passing()).isEqualTo(2);
  }

  @Test
  void byPath() {
    filters(per(false, new HeaderValue(":path", "PATH", false)));
    assertThat(passing()).isEqualTo(2);
    request.path = "/x/../items?page=1";
    assertThat(passing()).as("the same path, normalized").isZero();
  }

  @Test
  void theAnswer() {
    filters(per(false, new HeaderValue("x-user", "user", false)));
    request.headers.put("x-user", "ann");
    assertThat(passing()).isEqualTo(2);
    assertThat(refused().status()).isEqualTo(429);
    assertThat(refused().headers()).containsExactly(new Header("content-type", "text/plain"));
    assertThat(mesh.telemetry.events)
        .contains("local_rate_limited", "inbound ended 429 RL by null");
    request.headers.put("content-type", "application/grpc");
    assertThat(refused().status()).isEqualTo(200);
    assertThat(refused().headers())
        .as("rate_limited_as_resource_exhausted")
        .contains(new Header("grpc-status", "8"), new Header("grpc-message", "local_rate_limited"));
  }

  /** As by Envoy: filters edit local replies of those after them, too. */
  @Test
  void whatALimitSaysIsOnARefusalOfOthers() {
    filters(
        per(true, new PeerIdentity("peer")),
        InboundFilter.Rbac.enforcing(InboundFilter.Action.ALLOW, List.of()));
    assertThat(refused().status()).isEqualTo(403);
    assertThat(refused().headers()).contains(new Header("x-ratelimit-remaining", "0"));
  }

  @Test
  void concurrencyIsCountedUntilTheResponseIsWritten() {
    filters(
        new AdaptiveConcurrency(
            "ac",
            0.5,
            1,
            Duration.ofMillis(100),
            new AdaptiveConcurrency.MinRtt(null, Duration.ofSeconds(60), 50, 0.15, 1, 0.25),
            503));
    InboundCall first = mesh.engine.inbound(request);
    assertThat(first.next()).isInstanceOf(InboundStep.Proceed.class);
    assertThat(refused().body()).isEqualTo("reached concurrency limit");
    first.responded(200, name -> null);
    first.completed();
    InboundCall second = mesh.engine.inbound(request);
    assertThat(second.next()).isInstanceOf(InboundStep.Proceed.class);
    second.failed(new IllegalStateException());
    assertThat(mesh.engine.inbound(request).next()).isInstanceOf(InboundStep.Proceed.class);
  }
}
