package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.model.OutlierDetection.FailurePercentage;
import dev.weft.engine.model.OutlierDetection.SuccessRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Envoy, OutlierDetection. */
class OutlierDetectionTest {

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration BASE = Duration.ofSeconds(30);

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(1);
  private final Upstreams upstreams = new Upstreams(timer, () -> random, Unasked.PROBE);

  private Upstream cluster(int endpoints, int maxEjectionPercent) {
    List<Endpoint> list = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      list.add(Model.endpoint(1000 + i));
    }
    return update(list, maxEjectionPercent);
  }

  private Upstream update(List<Endpoint> endpoints, int maxEjectionPercent) {
    Cluster cluster =
        Model.with(
            Model.with(Model.cluster("c"), endpoints),
            Model.consecutive5xx(3, INTERVAL, BASE, maxEjectionPercent));
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  private static Set<Integer> healthy(Upstream upstream) {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 2 * Math.max(1, upstream.cluster().endpoints().size()); i++) {
      Target target = upstream.pick(null);
      if (target != null) {
        ports.add(target.endpoint().address().getPort());
      }
    }
    return ports;
  }

  private static Target target(Upstream upstream, int port) {
    for (int i = 0; i < 2 * upstream.cluster().endpoints().size(); i++) {
      Target target = Objects.requireNonNull(upstream.pick(null));
      if (target.endpoint().address().getPort() == port) {
        return target;
      }
    }
    throw new AssertionError(port + " is not picked");
  }

  private static void report(Upstream upstream, Target target, int... statuses) {
    for (int status : statuses) {
      upstream.responded(target, status);
    }
  }

  @Test
  void ejectsAfterFailuresInARow() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    report(upstream, bad, 500, 503, 404, 500, 503);
    assertThat(healthy(upstream)).as("a success begins the row anew").hasSize(3);
    report(upstream, bad, 599);
    assertThat(healthy(upstream)).containsExactlyInAnyOrder(1001, 1002);
  }

  /** Istio's outlierDetectionHttpErrorCodes: failures beside 5xx. */
  @Test
  void otherStatusesMayBeFailures() {
    OutlierDetection plain = Model.consecutive5xx(3, INTERVAL, BASE, 100);
    OutlierDetection detection =
        new OutlierDetection(
            plain.interval(),
            plain.baseEjectionTime(),
            plain.maxEjectionTime(),
            plain.maxEjectionTimeJitter(),
            plain.maxEjectionPercent(),
            plain.alwaysEjectOneHost(),
            plain.splitLocalOriginErrors(),
            Set.of(429),
            plain.consecutive5xx(),
            plain.consecutiveGatewayFailure(),
            plain.consecutiveLocalOriginFailure(),
            plain.successRate(),
            plain.failurePercentage());
    Cluster cluster = Model.with(Model.cluster("c", 1000, 1001), detection);
    Upstream upstream = Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
    report(upstream, target(upstream, 1000), 429, 500, 404, 429, 429);
    assertThat(healthy(upstream)).hasSize(2);
    report(upstream, target(upstream, 1000), 503);
    assertThat(healthy(upstream)).containsExactly(1001);
  }

  /** base_ejection_time times the number of ejections, forgotten by one for each interval. */
  @Test
  void ejectsForLongerEachTime() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    for (int times = 1; times <= 3; times++) {
      report(upstream, bad, 500, 500, 500);
      timer.pass(BASE.multipliedBy(times).minusNanos(1));
      assertThat(healthy(upstream)).hasSize(2);
      timer.pass(Duration.ofNanos(1));
      assertThat(healthy(upstream)).hasSize(3);
    }
    timer.pass(INTERVAL.multipliedBy(2));
    report(upstream, bad, 500, 500, 500);
    timer.pass(BASE.multipliedBy(2));
    assertThat(healthy(upstream)).as("two of three were forgotten").hasSize(3);
  }

  /** max_ejection_time: 300 s by default. */
  @Test
  void ejectsForFiveMinutesAtMost() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    for (int times = 1; times <= 20; times++) {
      report(upstream, bad, 500, 500, 500);
      timer.pass(Duration.ofMinutes(5));
      assertThat(healthy(upstream)).hasSize(3);
    }
  }

  /** Istio sets healthy_panic_threshold to 0: no panic mode. */
  @Test
  void leavesNobodyIfAllAreEjected() {
    Upstream upstream = cluster(2, 100);
    Target one = target(upstream, 1000);
    Target other = target(upstream, 1001);
    report(upstream, one, 500, 500, 500);
    report(upstream, other, 500, 500, 500);
    assertThat(upstream.pick(null)).isNull();
    timer.pass(BASE);
    assertThat(healthy(upstream)).hasSize(2);
  }

  @Test
  void ejectionsOutliveAnUpdate() {
    Upstream before = cluster(3, 100);
    report(before, target(before, 1000), 500, 500, 500);
    Upstream after = cluster(4, 100);
    assertThat(healthy(after)).containsExactlyInAnyOrder(1001, 1002, 1003);
    Target late = target(before, 1001);
    report(before, late, 500, 500, 500);
    assertThat(healthy(after))
        .as("reported by a call that began before the update")
        .containsExactlyInAnyOrder(1002, 1003);
  }

  @Test
  void anEndpointThatLeavesMakesRoomForAnother() {
    Upstream upstream = cluster(4, 25);
    Target gone = target(upstream, 1000);
    Target other = target(upstream, 1001);
    report(upstream, gone, 500, 500, 500);
    report(upstream, other, 500, 500, 500);
    assertThat(healthy(upstream)).as("one of four is the limit").hasSize(3);
    Upstream after =
        update(
            List.of(
                Model.endpoint(1001),
                Model.endpoint(1002),
                Model.endpoint(1003),
                Model.endpoint(1004)),
            25);
    report(upstream, gone, 500, 500, 500);
    assertThat(healthy(after)).as("the one that left can't be ejected").hasSize(4);
    report(after, target(after, 1001), 500, 500, 500);
    assertThat(healthy(after)).containsExactlyInAnyOrder(1002, 1003, 1004);
  }

  private Upstream with(OutlierDetection detection, int endpoints) {
    int[] ports = IntStream.range(1000, 1000 + endpoints).toArray();
    Cluster cluster = Model.with(Model.cluster("c", ports), detection);
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  private static OutlierDetection detection(
      boolean split,
      Consecutive of5xx,
      Consecutive gateway,
      Consecutive localOrigin,
      SuccessRate successRate,
      FailurePercentage failurePercentage) {
    return new OutlierDetection(
        INTERVAL,
        BASE,
        Duration.ofMinutes(5),
        Duration.ZERO,
        100,
        false,
        split,
        of5xx,
        gateway,
        localOrigin,
        successRate,
        failurePercentage);
  }

  private static final Consecutive OFF = new Consecutive(5, 0);
  private static final SuccessRate NO_RATE = new SuccessRate(5, 100, 1900, 0, 0);
  private static final FailurePercentage NO_PERCENTAGE = new FailurePercentage(85, 5, 50, 0, 0);

  /** always_eject_one_host is off by default: 10 % of three is nobody. */
  @Test
  void withoutAlwaysEjectOneHostTheCapIsTheCap() {
    OutlierDetection unset = Model.consecutive5xx(3, INTERVAL, BASE, 10);
    Upstream upstream =
        with(
            new OutlierDetection(
                INTERVAL,
                BASE,
                BASE,
                Duration.ZERO,
                10,
                false,
                false,
                unset.consecutive5xx(),
                OFF,
                OFF,
                NO_RATE,
                NO_PERCENTAGE),
            3);
    report(upstream, target(upstream, 1000), 500, 500, 500);
    assertThat(healthy(upstream)).hasSize(3);
  }

  /** consecutive_gateway_failure: 502, 503 and 504; any other answer begins the row anew. */
  @Test
  void gatewayFailuresInARow() {
    Upstream upstream =
        with(detection(false, OFF, new Consecutive(3, 100), OFF, NO_RATE, NO_PERCENTAGE), 3);
    Target bad = target(upstream, 1000);
    report(upstream, bad, 502, 503, 500, 504, 502);
    assertThat(healthy(upstream)).hasSize(3);
    upstream.failed(bad, 504);
    assertThat(healthy(upstream)).as("a time-out counts as 504").hasSize(2);
  }

  /** split_external_local_origin_errors. */
  @Test
  void whatFailsWithoutAResponseIsCountedApart() {
    Upstream upstream =
        with(
            detection(
                true,
                new Consecutive(2, 100),
                OFF,
                new Consecutive(3, 100),
                NO_RATE,
                NO_PERCENTAGE),
            3);
    Target bad = target(upstream, 1000);
    upstream.failed(bad, 503);
    upstream.failed(bad, 503);
    report(upstream, bad, 500);
    upstream.failed(bad, 503);
    upstream.failed(bad, 503);
    assertThat(healthy(upstream)).as("a response is a connection").hasSize(3);
    upstream.failed(bad, 503);
    assertThat(healthy(upstream)).hasSize(2);
    Target other = target(upstream, 1001);
    report(upstream, other, 500, 500);
    assertThat(healthy(upstream)).containsExactly(1002);
  }

  /** enforcing_consecutive_5xx: 0 detects and does nothing. */
  @Test
  void whatIsNotEnforcedIsNotDone() {
    Upstream upstream =
        with(detection(false, new Consecutive(1, 0), OFF, OFF, NO_RATE, NO_PERCENTAGE), 2);
    report(upstream, target(upstream, 1000), 500, 500, 500);
    assertThat(healthy(upstream)).hasSize(2);
  }

  @Test
  void whatIsEnforcedAtTimesIsDoneAtTimes() {
    int ejected = 0;
    for (int i = 0; i < 1000; i++) {
      OutlierDetectionTest fresh = new OutlierDetectionTest();
      fresh.random.setSeed(i);
      Upstream upstream =
          fresh.with(detection(false, new Consecutive(1, 30), OFF, OFF, NO_RATE, NO_PERCENTAGE), 1);
      report(upstream, target(upstream, 1000), 500);
      ejected += healthy(upstream).isEmpty() ? 1 : 0;
    }
    assertThat(ejected).isBetween(240, 360);
  }

  /**
   * DetectorImpl::successRateEjectionThreshold: of rates 50 and four times 100 the mean is 90, the
   * deviation 20, and the limit 52 with a factor of 1.9.
   */
  @Test
  void successRateFarBelowTheMean() {
    for (int bad : new int[] {50, 60}) {
      OutlierDetectionTest fresh = new OutlierDetectionTest();
      Upstream upstream =
          fresh.with(
              detection(false, OFF, OFF, OFF, new SuccessRate(5, 100, 1900, 100, 0), NO_PERCENTAGE),
              5);
      for (int port = 1000; port < 1005; port++) {
        Target target = target(upstream, port);
        for (int i = 0; i < 100; i++) {
          report(upstream, target, port == 1000 && i >= bad ? 500 : 200);
        }
      }
      assertThat(healthy(upstream)).as("within the interval").hasSize(5);
      fresh.timer.pass(INTERVAL);
      // With one of 60 the mean is 92, the deviation 16, and the limit 61.6.
      assertThat(healthy(upstream)).hasSize(4).doesNotContain(1000);
      fresh.timer.pass(BASE);
      assertThat(healthy(upstream)).hasSize(5);
    }
  }

  @Test
  void successRatesAreJudgedAmongEnoughOnly() {
    Upstream upstream =
        with(
            detection(false, OFF, OFF, OFF, new SuccessRate(5, 100, 1900, 100, 0), NO_PERCENTAGE),
            5);
    for (int port = 1000; port < 1005; port++) {
      Target target = target(upstream, port);
      int volume = port == 1004 ? 99 : 100;
      for (int i = 0; i < volume; i++) {
        report(upstream, target, port == 1000 ? 500 : 200);
      }
    }
    timer.pass(INTERVAL);
    assertThat(healthy(upstream)).as("one of five had too few requests").hasSize(5);
  }

  /** failure_percentage_threshold: whoever fails that often, however the others fare. */
  @Test
  void failurePercentage() {
    Upstream upstream =
        with(detection(false, OFF, OFF, OFF, NO_RATE, new FailurePercentage(85, 3, 50, 100, 0)), 3);
    for (int port = 1000; port < 1003; port++) {
      Target target = target(upstream, port);
      int failures = port == 1000 ? 84 : port == 1001 ? 85 : 0;
      for (int i = 0; i < 100; i++) {
        report(upstream, target, i < failures ? 500 : 200);
      }
    }
    timer.pass(INTERVAL);
    assertThat(healthy(upstream)).containsExactlyInAnyOrder(1000, 1002);
  }

  /** enforcing_failure_percentage_local_origin. */
  @Test
  void failurePercentageOfLocalOrigin() {
    Upstream upstream =
        with(detection(true, OFF, OFF, OFF, NO_RATE, new FailurePercentage(85, 3, 50, 0, 100)), 3);
    for (int port = 1000; port < 1003; port++) {
      Target target = target(upstream, port);
      for (int i = 0; i < 50; i++) {
        if (port == 1000) {
          upstream.failed(target, 503);
        } else {
          report(upstream, target, 500);
        }
      }
    }
    timer.pass(INTERVAL);
    assertThat(healthy(upstream)).containsExactlyInAnyOrder(1001, 1002);
  }

  /** max_ejection_time_jitter: up to that much is added. */
  @Test
  void jitterMakesAnEjectionLonger() {
    OutlierDetection plain = Model.consecutive5xx(1, INTERVAL, BASE, 100);
    Upstream upstream =
        with(
            new OutlierDetection(
                INTERVAL,
                BASE,
                BASE,
                Duration.ofSeconds(20),
                100,
                true,
                false,
                plain.consecutive5xx(),
                OFF,
                OFF,
                NO_RATE,
                NO_PERCENTAGE),
            20);
    for (int port = 1000; port < 1020; port++) {
      report(upstream, target(upstream, port), 500);
    }
    timer.pass(BASE);
    assertThat(healthy(upstream)).hasSizeLessThan(6);
    timer.pass(Duration.ofSeconds(10));
    assertThat(healthy(upstream).size()).isBetween(4, 16);
    timer.pass(Duration.ofSeconds(10));
    assertThat(healthy(upstream)).hasSize(20);
  }

  /** max_ejection_percent, and always_eject_one_host. */
  @Property(tries = 100)
  void neverEjectsMoreThanItMay(
      @ForAll @IntRange(min = 1, max = 20) int endpoints,
      @ForAll @IntRange(min = 0, max = 100) int percent,
      @ForAll long seed) {
    new OutlierDetectionTest().ejectsAtMost(endpoints, percent, seed);
  }

  private void ejectsAtMost(int endpoints, int percent, long seed) {
    Upstream upstream = cluster(endpoints, percent);
    Random traffic = new Random(seed);
    int most = Math.max(1, endpoints * percent / 100);
    boolean reached = false;
    for (int i = 0; i < 500; i++) {
      Target target = upstream.pick(null);
      if (target == null) {
        assertThat(most).isEqualTo(endpoints);
        timer.pass(BASE);
        continue;
      }
      report(upstream, target, 500, 500, 500);
      int ejected = endpoints - healthy(upstream).size();
      assertThat(ejected).isLessThanOrEqualTo(most);
      reached |= ejected == most;
      if (traffic.nextInt(20) == 0) {
        timer.pass(Duration.ofSeconds(traffic.nextInt(60)));
      }
    }
    assertThat(reached).isTrue();
  }

  @Test
  void neverEjectsMoreThanItMayWhenManyThreadsReport() throws InterruptedException {
    Upstream upstream = cluster(20, 30);
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      targets.add(target(upstream, 1000 + i));
    }
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 3000; i++) {
                  report(upstream, targets.get(i % 20), 500);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(healthy(upstream)).hasSize(14);
  }
}
