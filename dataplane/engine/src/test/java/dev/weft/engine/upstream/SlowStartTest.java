package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.LeastRequest;
import dev.weft.engine.model.LoadBalancing.Policy;
import dev.weft.engine.model.LoadBalancing.RoundRobin;
import dev.weft.engine.model.LoadBalancing.SlowStart;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy, SlowStartConfig: weight × max(minimum, (age ÷ window) ^ (1 ÷ aggression)). */
class SlowStartTest {

  private static final Duration WINDOW = Duration.ofSeconds(100);
  private static final int PICKS = 20_000;

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(1);
  private final Upstreams upstreams = new Upstreams(timer, () -> random, Unasked.PROBE);

  private Upstream upstream(Policy policy, int... ports) {
    Cluster cluster = Model.with(Model.cluster("c", ports), LoadBalancing.of(policy));
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  /** Of the endpoint at port 2. */
  private static double share(Upstream upstream) {
    return IntStream.range(0, PICKS)
            .map(i -> Objects.requireNonNull(upstream.pick(null)).endpoint().address().getPort())
            .filter(port -> port == 2)
            .count()
        / (double) PICKS;
  }

  static Stream<Arguments> policies() {
    SlowStart linear = new SlowStart(WINDOW, 1, 10);
    SlowStart fast = new SlowStart(WINDOW, 2, 10);
    return Stream.of(
        // age in seconds, weight
        Arguments.of(new RoundRobin(linear), 0, 0.1),
        Arguments.of(new RoundRobin(linear), 50, 0.5),
        Arguments.of(new RoundRobin(linear), 90, 0.9),
        Arguments.of(new RoundRobin(linear), 100, 1.0),
        Arguments.of(new RoundRobin(fast), 25, 0.5),
        Arguments.of(new RoundRobin(fast), 81, 0.9),
        Arguments.of(new LeastRequest(2, 1, linear), 0, 0.1),
        Arguments.of(new LeastRequest(2, 1, linear), 50, 0.5),
        Arguments.of(new LeastRequest(2, 1, linear), 100, 1.0),
        Arguments.of(new RoundRobin(null), 0, 1.0));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void aNewEndpointTakesItsShareLittleByLittle(Policy policy, int age, double weight) {
    Upstream first = upstream(policy, 1);
    assertThat(first.pick(null)).isNotNull();
    timer.pass(WINDOW);
    Upstream both = upstream(policy, 1, 2);
    assertThat(both.pick(null)).isNotNull();
    timer.pass(Duration.ofSeconds(age));
    assertThat(share(both)).isCloseTo(weight / (1 + weight), within(0.02));
  }

  /** All new ones are as new as each other. */
  @ParameterizedTest
  @MethodSource("policies")
  void togetherNobodyIsNew(Policy policy, int age, double weight) {
    Upstream both = upstream(policy, 1, 2);
    timer.pass(Duration.ofSeconds(age));
    assertThat(share(both)).isCloseTo(0.5, within(0.02));
  }
}
