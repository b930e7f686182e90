package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.endpoint;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.locality;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Endpoint.Health;
import dev.weft.engine.model.RetryPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Envoy, retry priority {@code previous_priorities}; Istio's retryRemoteLocalities, which has it
 * updated after each second attempt.
 */
class PreviousPrioritiesTest {

  private final EngineFixture mesh = new EngineFixture();

  /** Which endpoints are tried by a call that always fails: of priorities by thousands. */
  private List<Integer> tried(int updateFrequency, int retries, Endpoint... endpoints) {
    Cluster cluster =
        Model.with(
            Model.cluster("c"),
            new Assignment(
                Arrays.stream(endpoints)
                    .map(
                        endpoint -> {
                          int priority = endpoint.address().getPort() / 1000 - 1;
                          return locality("l" + priority, priority, 1, endpoint);
                        })
                    .toList()));
    RetryPolicy retry = retry(retries, "5xx");
    RetryPolicy others =
        new RetryPolicy(
            retry.on(),
            retries,
            null,
            retry.backOffBase(),
            retry.backOffMax(),
            retry.retriableStatusCodes(),
            List.of(),
            List.of(),
            false,
            updateFrequency,
            false);
    mesh.configure(List.of(route("r", forward("c", null, others))), cluster);
    OutboundCall call = mesh.call();
    List<Integer> ports = new ArrayList<>();
    Attempt attempt = send(call);
    ports.add(port(attempt));
    for (int i = 0; i < retries; i++) {
      attempt.responded(503, HeaderSource.NONE);
      attempt = mesh.sendAgain(call);
      ports.add(port(attempt));
    }
    return ports;
  }

  @Test
  void withoutItAllGoesToTheFirst() {
    assertThat(tried(0, 3, endpoint(1000), endpoint(2000))).containsExactly(1000, 1000, 1000, 1000);
  }

  @Test
  void afterTwoAttemptsThoseThatFollowGoElsewhere() {
    assertThat(tried(2, 5, endpoint(1000), endpoint(2000), endpoint(3000)))
        .containsExactly(1000, 1000, 2000, 2000, 3000, 3000);
  }

  /** adjustForAttemptedPriorities: what was tried is forgotten, and counted anew. */
  @Test
  void whenNoneIsLeftAllAreTriedAgain() {
    assertThat(tried(2, 7, endpoint(1000), endpoint(2000)))
        .containsExactly(1000, 1000, 2000, 2000, 1000, 1000, 2000, 2000);
  }

  @Test
  void whereThereIsNoOtherTheOneIsTriedAgain() {
    assertThat(tried(1, 2, endpoint(1000))).containsExactly(1000, 1000, 1000);
  }

  @Test
  void whatIsNotWellIsNoAlternative() {
    Endpoint unwell = new Endpoint(endpoint(2000).address(), false, Health.UNHEALTHY, 1, Map.of());
    assertThat(tried(1, 1, endpoint(1000), unwell, endpoint(3000))).containsExactly(1000, 3000);
  }
}
