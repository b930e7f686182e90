package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.STOREFRONT;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.ResponseFlag;
import dev.weft.telemetry.Caller.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who gets how many series, and for how long. */
class RequestMetricsTest {

  private static final String THIEF = "spiffe://cluster.local/ns/shop/sa/thief";
  private static final String DENIAL = "ns[shop]-policy[only]-rule[0]";

  private final RequestMetrics metrics =
      new RequestMetrics(
          new WorkloadFacts("catalog", "shop", "catalog", "i", "node", Map.of()), () -> null);
  private final KnownPeers peers = new KnownPeers(0, metrics::forget, () -> {});
  private long now;

  @Test
  void oneIdentityCantTakeWhatOthersNeed() throws IOException {
    for (int i = 0; i < KnownPeers.MOST_CLAIMS; i++) {
      for (int status = 200; status < 300; status++) {
        count(THIEF, "w" + i, status, null);
      }
    }
    for (int i = 0; i < 5; i++) {
      count(STOREFRONT, "honest", 200, null);
    }

    assertThat(requests("source_principal=\"" + THIEF)).hasSize(KnownPeers.MOST_SERIES);
    assertThat(requests("source_workload=\"w")).hasSize(KnownPeers.MOST_SERIES_OF_CLAIMS);
    assertThat(requests("source_workload=\"honest\"")).singleElement().asString().endsWith(" 5.0");
    double all =
        requests("").stream()
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
            .sum();
    assertThat(all).as("whatever is known of it, every request counts").isEqualTo(5005.0);
  }

  @Test
  void theWholePageIsNeverInMemory() throws IOException {
    for (int i = 0; i < 500; i++) {
      count(STOREFRONT + i, "w".repeat(253), 200, null);
    }
    int[] longest = {0};
    long[] all = {0};
    metrics.scrape(
        new OutputStream() {
          @Override
          public void write(int b) {
            all[0]++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            longest[0] = Math.max(longest[0], length);
            all[0] += length;
          }
        });
    assertThat(all[0]).isGreaterThan(5_000_000);
    assertThat(longest[0]).isLessThan(100_000);
  }

  @Test
  void refusalsThatThereIsNoRoomForAreStillCountedByPolicy() throws IOException {
    for (int status = 200; status < 200 + KnownPeers.MOST_SERIES; status++) {
      count(THIEF, null, status, null);
    }
    count(THIEF, null, 403, DENIAL);
    assertThat(lines("weft_denied_requests_total{"))
        .singleElement()
        .asString()
        .contains(DENIAL, "source_principal=\"unknown\"");
  }

  /** AUDIT and istio.io/dry-run. */
  @Test
  void whatPoliciesSayWithoutRefusingIsCounted() throws IOException {
    metrics.audited(DENIAL);
    metrics.dryRun("deny", false, DENIAL);
    metrics.dryRun("allow", false, null);
    assertThat(lines("weft_audited_requests_total{policy=\"" + DENIAL)).hasSize(1);
    assertThat(lines("weft_dry_run_requests_total{"))
        .anySatisfy(
            line -> assertThat(line).contains("action=\"deny\"", "result=\"denied\"", DENIAL))
        .anySatisfy(line -> assertThat(line).contains("action=\"allow\"", "policy=\"none\""));
  }

  @Test
  void whatWasCountedOfACallerIsForgottenWithIt() throws IOException {
    count(STOREFRONT, "old", 200, null);
    count(STOREFRONT, "old", 403, DENIAL);
    Caller old = caller(STOREFRONT, "old");
    now += MINUTES.toNanos(61);
    count(STOREFRONT, "new", 200, null);
    peers.age(now);

    assertThat(requests("source_workload=\"old\"")).isEmpty();
    assertThat(lines("istio_request_duration_milliseconds_count{")).hasSize(1);
    assertThat(requests("source_workload=\"new\"")).hasSize(1);
    assertThat(lines("weft_denied_requests_total{")).as("its identity's").hasSize(1);
    // A request that was under way meanwhile.
    metrics.inbound(old, new Outcome(200, false, ResponseFlag.NONE, null, false, null), 1, -1, -1);
    assertThat(requests("source_workload=\"old\"")).isEmpty();
    assertThat(requests("source_workload=\"unknown\"").get(0)).contains(STOREFRONT);

    now += MINUTES.toNanos(61);
    peers.age(now);
    assertThat(requests(STOREFRONT)).isEmpty();
    assertThat(lines("weft_denied_requests_total{")).isEmpty();
  }

  private void count(
      String principal, @Nullable String workload, int status, @Nullable String policy) {
    metrics.inbound(
        caller(principal, workload),
        new Outcome(status, false, ResponseFlag.NONE, policy, false, null),
        1,
        -1,
        -1);
  }

  private Caller caller(String principal, @Nullable String workload) {
    Map<String, String> headers = Map.of();
    if (workload != null) {
      Struct said =
          Struct.newBuilder()
              .putFields("WORKLOAD_NAME", Value.newBuilder().setStringValue(workload).build())
              .build();
      headers =
          Map.of(
              PeerMetadata.ID_HEADER,
              workload,
              PeerMetadata.HEADER,
              Base64.getEncoder().encodeToString(said.toByteArray()));
    }
    return peers.of(new Requests.Inbound("/", principal, headers), now);
  }

  /** Those that have a label beginning so. */
  private List<String> requests(String label) throws IOException {
    return lines("istio_requests_total{").stream().filter(line -> line.contains(label)).toList();
  }

  private List<String> lines(String start) throws IOException {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.scrape(page);
    return page.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith(start)).toList();
  }
}
