package dev.weft.engine.upstream;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.upstream.ClusterCounter.*;
import static dev.weft.engine.upstream.ClusterGauge.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Route;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundCall;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Envoy, cluster manager statistics: what each counts, as its documentation says. */
class ClusterStatisticsTest {

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration BASE = Duration.ofSeconds(30);

  private final EngineFixture mesh = new EngineFixture();

  private void configure(Route.Action action, Cluster cluster) {
    mesh.configure(List.of(Model.route("r", action)), cluster);
  }

  private Upstream upstream() {
    return mesh.engine.upstreams().iterator().next();
  }

  private long counted(ClusterCounter counter) {
    return upstream().counted(counter);
  }

  private long now(ClusterGauge gauge) {
    return gauge.of(upstream());
  }

  private void served(int status) {
    OutboundCall call = mesh.call();
    send(call).responded(status, HeaderSource.NONE);
    Objects.requireNonNull(done(call).winner()).completed();
  }

  @Test
  void onlyWhatWasUsedIsShown() {
    configure(Model.forward("c"), Model.cluster("c", 1000));
    assertThat(upstream().isUsed()).isFalse();
    served(200);
    assertThat(upstream().isUsed()).isTrue();
  }

  @Test
  void requests() {
    configure(Model.forward("c"), Model.cluster("c", 1000, 1001));
    OutboundCall call = mesh.call();
    var attempt = send(call);
    assertThat(now(UPSTREAM_RQ_ACTIVE)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_TOTAL)).isEqualTo(1);
    attempt.responded(200, HeaderSource.NONE);
    attempt.completed();
    assertThat(now(UPSTREAM_RQ_ACTIVE)).isZero();
    assertThat(counted(UPSTREAM_RQ_TOTAL)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_RETRY)).isZero();
    assertThat(now(MEMBERSHIP_TOTAL)).isEqualTo(2);
    assertThat(now(MEMBERSHIP_HEALTHY)).isEqualTo(2);
    assertThat(now(MEMBERSHIP_DEGRADED)).isZero();
    assertThat(counted(MEMBERSHIP_CHANGE)).isEqualTo(1);
    configure(Model.forward("c"), Model.cluster("c", 1000));
    assertThat(counted(MEMBERSHIP_CHANGE)).isEqualTo(2);
    assertThat(now(MEMBERSHIP_TOTAL)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_TOTAL)).as("outlives configuration").isEqualTo(1);
  }

  @Test
  void retries() {
    configure(Model.forward("c", null, Model.retry(1, "5xx")), Model.cluster("c", 1000, 1001));
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    assertThat(counted(UPSTREAM_RQ_RETRY)).isEqualTo(1);
    mesh.sendAgain(call).responded(200, HeaderSource.NONE);
    assertThat(counted(UPSTREAM_RQ_TOTAL)).isEqualTo(2);
    assertThat(counted(UPSTREAM_RQ_RETRY_SUCCESS)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED)).isZero();

    OutboundCall other = mesh.call();
    send(other).responded(503, HeaderSource.NONE);
    mesh.sendAgain(other).responded(503, HeaderSource.NONE);
    assertThat(counted(UPSTREAM_RQ_RETRY)).isEqualTo(2);
    assertThat(counted(UPSTREAM_RQ_RETRY_SUCCESS)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED)).isEqualTo(1);
  }

  @Test
  void circuitBreakers() {
    configure(
        Model.forward("c", null, Model.retry(2, "5xx")),
        Model.with(Model.cluster("c", 1000, 1001), new CircuitBreakers(2, 1, null)));
    assertThat(now(CIRCUIT_BREAKERS_DEFAULT_RQ_RETRY_OPEN)).isZero();
    OutboundCall waiting = mesh.call();
    send(waiting).responded(503, HeaderSource.NONE);
    assertThat(await(waiting)).isNotDone();
    assertThat(now(CIRCUIT_BREAKERS_DEFAULT_RQ_RETRY_OPEN)).isEqualTo(1);
    send(mesh.call()).responded(503, HeaderSource.NONE);
    assertThat(counted(UPSTREAM_RQ_RETRY_OVERFLOW)).isEqualTo(1);

    assertThat(now(CIRCUIT_BREAKERS_DEFAULT_RQ_OPEN)).isZero();
    send(mesh.call());
    assertThat(now(CIRCUIT_BREAKERS_DEFAULT_RQ_OPEN)).isEqualTo(1);
    assertThat(respond(mesh.call()).status()).isEqualTo(503);
    assertThat(counted(UPSTREAM_RQ_PENDING_OVERFLOW)).isEqualTo(1);
  }

  @Test
  void timeouts() {
    configure(
        Model.forward("c", Duration.ofSeconds(3), Model.retry(0, Duration.ofSeconds(1), "5xx")),
        Model.cluster("c", 1000));
    send(mesh.call());
    mesh.timer.pass(Duration.ofSeconds(1));
    assertThat(counted(UPSTREAM_RQ_PER_TRY_TIMEOUT)).isEqualTo(1);
    assertThat(counted(UPSTREAM_RQ_TIMEOUT)).isZero();

    configure(Model.forward("c", Duration.ofSeconds(3), null), Model.cluster("c", 1000));
    send(mesh.call());
    mesh.timer.pass(Duration.ofSeconds(3));
    assertThat(counted(UPSTREAM_RQ_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void whatWasNeverSent() {
    configure(Model.forward("c"), Model.cluster("c", 1000));
    send(mesh.call()).failed(Failure.CONNECT, new IOException("refused"));
    assertThat(counted(UPSTREAM_CX_CONNECT_FAIL)).isEqualTo(1);
    configure(Model.forward("c"), Model.cluster("c"));
    assertThat(respond(mesh.call()).status()).isEqualTo(503);
    assertThat(counted(UPSTREAM_CX_NONE_HEALTHY)).isEqualTo(1);
  }

  @Test
  void outliers() {
    configure(
        Model.forward("c"),
        Model.with(Model.cluster("c", 1000, 1001), Model.consecutive5xx(2, INTERVAL, BASE, 50)));
    for (int i = 0; i < 12; i++) {
      served(500);
    }
    assertThat(counted(OUTLIER_DETECTION_EJECTIONS_ENFORCED_TOTAL)).isEqualTo(1);
    assertThat(counted(OUTLIER_DETECTION_EJECTIONS_ENFORCED_CONSECUTIVE_5XX)).isEqualTo(1);
    assertThat(counted(OUTLIER_DETECTION_EJECTIONS_ENFORCED_SUCCESS_RATE)).isZero();
    assertThat(counted(OUTLIER_DETECTION_EJECTIONS_OVERFLOW)).as("half may be out").isPositive();
    assertThat(counted(OUTLIER_DETECTION_EJECTIONS_DETECTED_CONSECUTIVE_5XX))
        .isEqualTo(1 + counted(OUTLIER_DETECTION_EJECTIONS_OVERFLOW));
    assertThat(now(OUTLIER_DETECTION_EJECTIONS_ACTIVE)).isEqualTo(1);
    assertThat(now(MEMBERSHIP_HEALTHY)).isEqualTo(1);
    assertThat(now(MEMBERSHIP_TOTAL)).isEqualTo(2);
    mesh.timer.pass(BASE);
    assertThat(now(OUTLIER_DETECTION_EJECTIONS_ACTIVE)).as("though nobody picks").isZero();
    assertThat(now(MEMBERSHIP_HEALTHY)).isEqualTo(2);
  }

  @Test
  void whatIsntConfiguredIsntShown() {
    Cluster plain = Model.cluster("c", 1000);
    assertThat(OUTLIER_DETECTION_EJECTIONS_ACTIVE.concerns(plain)).isFalse();
    assertThat(OUTLIER_DETECTION_EJECTIONS_OVERFLOW.concerns(plain)).isFalse();
    assertThat(HEALTH_CHECK_ATTEMPT.concerns(plain)).isFalse();
    assertThat(UPSTREAM_RQ_TOTAL.concerns(plain)).isTrue();
    assertThat(
            OUTLIER_DETECTION_EJECTIONS_ACTIVE.concerns(
                Model.with(plain, Model.consecutive5xx(2, INTERVAL, BASE, 50))))
        .isTrue();
  }
}
