package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.LoadBalancing.RingHash;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, RING_HASH and MAGLEV. */
class HashingTest {

  private static final int KEYS = 5_000;

  private static Upstream upstream(LoadBalancing.Policy policy, int... ports) {
    return upstream(
        LoadBalancing.of(policy),
        Assignment.of(IntStream.of(ports).mapToObj(Model::endpoint).toList()));
  }

  private static Upstream upstream(LoadBalancing balancing, Assignment assignment) {
    Cluster cluster = Model.with(Model.with(Model.cluster("c"), balancing), assignment);
    Random random = new Random(1);
    return Objects.requireNonNull(
        new Upstreams(new VirtualTimer(), () -> random, Unasked.PROBE)
            .update(Map.of("c", cluster))
            .get("c"));
  }

  private static int pick(Upstream upstream, long hash) {
    return Objects.requireNonNull(upstream.pick(null, hash)).endpoint().address().getPort();
  }

  /** Where keys go. */
  private static int[] owners(Upstream upstream) {
    Random keys = new Random(7);
    return IntStream.range(0, KEYS).map(i -> pick(upstream, keys.nextLong())).toArray();
  }

  private static int[] ports(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }

  // Test vectors of xxHash's own specification and of its ports.
  @ParameterizedTest
  @CsvSource({
    "'', 0, ef46db3751d8e999",
    "a, 0, d24ec4f1a98c6e5b",
    "abc, 0, 44bc2cf5ad770999",
    "Nobody inspects the spammish repetition, 0, fbcea83c8a378bf1"
  })
  void xxHash64(String text, long seed, String expected) {
    assertThat(Long.toHexString(XxHash64.hash(text, seed))).isEqualTo(expected);
  }

  // Envoy, ring_hash_lb_test.cc, Basic: minimum_ring_size 12, endpoints 127.0.0.1:90 to 95.
  @ParameterizedTest
  @CsvSource({
    "0, 94",
    "833437586790550860, 94",
    "833437586790550861, 92",
    "928266305478181108, 92",
    "1033482794131418490, 90",
    "3551244743356806947, 95",
    "3551244743356806948, 93",
    "3851675632748031481, 93",
    "5583722120771150861, 91",
    "6311230543546372928, 91",
    "7700377290971790572, 93",
    "13144177310400110813, 95",
    "13444792449719432967, 92",
    "15516499411664133160, 94",
    "16117243373044804889, 90",
    "18446744073709551615, 94"
  })
  void ringOfEnvoys(String hash, int port) {
    assertThat(pick(upstream(new RingHash(12, 1024), ports(90, 6)), Long.parseUnsignedLong(hash)))
        .isEqualTo(port);
  }

  // Envoy, maglev_lb_test.cc, Basic: table_size 7, endpoints 127.0.0.1:90 to 95.
  @Test
  void tableOfEnvoys() {
    Upstream upstream = upstream(new Maglev(7), ports(90, 6));
    assertThat(IntStream.range(0, 14).map(hash -> pick(upstream, hash)))
        .containsExactly(92, 94, 90, 91, 95, 90, 93, 92, 94, 90, 91, 95, 90, 93);
  }

  // Address::asString
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1:80",
    "::1, [::1]:80",
    "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
    "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:80",
    "fd00:0:0:0:0:0:0:0, [fd00::]:80"
  })
  void endpointsAreHashedByEnvoysNameOfTheirAddress(String ip, String key)
      throws UnknownHostException {
    assertThat(HashKey.of(new InetSocketAddress(InetAddress.getByName(ip), 80))).isEqualTo(key);
  }

  @Property(tries = 50)
  void ringKeepsToTheWeights(
      @ForAll @Size(min = 2, max = 6) List<@IntRange(min = 1, max = 5) Integer> weights) {
    keepsToTheWeights(new RingHash(20_000, 100_000), weights, 0.05);
  }

  @Property(tries = 50)
  void tableKeepsToTheWeights(
      @ForAll @Size(min = 2, max = 6) List<@IntRange(min = 1, max = 5) Integer> weights) {
    keepsToTheWeights(new Maglev(4099), weights, 0.04);
  }

  private static void keepsToTheWeights(
      LoadBalancing.Policy policy, List<Integer> weights, double tolerance) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      endpoints.add(Model.endpoint(1000 + i, weights.get(i), false, false));
    }
    double[] share = new double[weights.size()];
    for (int owner : owners(upstream(LoadBalancing.of(policy), Assignment.of(endpoints)))) {
      share[owner - 1000] += 1.0 / KEYS;
    }
    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int i = 0; i < share.length; i++) {
      assertThat(share[i]).isCloseTo(weights.get(i) / sum, within(tolerance));
    }
  }

  /** Of n endpoints one goes: its keys move, and few others; and back when it comes again. */
  @Property(tries = 30)
  void onARingLittleMoves(@ForAll @IntRange(min = 3, max = 20) int endpoints) {
    littleMoves(new RingHash(1024, 8192), endpoints, 1.0 / endpoints + 0.03);
  }

  @Property(tries = 30)
  void inATableLittleMoves(@ForAll @IntRange(min = 3, max = 20) int endpoints) {
    littleMoves(new Maglev(65_537), endpoints, 0.05);
  }

  private static void littleMoves(LoadBalancing.Policy policy, int endpoints, double others) {
    int[] all = owners(upstream(policy, ports(1000, endpoints)));
    int[] without = owners(upstream(policy, ports(1000, endpoints - 1)));
    int gone = 1000 + endpoints - 1;
    int moved = 0;
    for (int i = 0; i < KEYS; i++) {
      assertThat(without[i]).isNotEqualTo(gone);
      if (all[i] != gone && all[i] != without[i]) {
        moved++;
      }
    }
    assertThat((double) moved / KEYS).isLessThan(others);
  }

  /** The number of an attempt moves on along the ring, and changes the hash for a table. */
  @Property(tries = 100)
  void aRetryGoesToAnotherAndAlwaysTheSame(@ForAll long hash, @ForAll boolean ring) {
    Upstream upstream = upstream(ring ? new RingHash(1024, 8192) : new Maglev(251), ports(1000, 5));
    Target first = Objects.requireNonNull(upstream.pick(null, hash));
    Target second = Objects.requireNonNull(upstream.pick(target -> target == first, hash));
    assertThat(second).isNotSameAs(first);
    assertThat(upstream.pick(null, hash)).isSameAs(first);
  }

  /** Envoy's normalizeLocalityWeights: one ring of all, by both weights. */
  @Test
  void localitiesHaveTheirShareOfARing() {
    Assignment assignment =
        new Assignment(
            List.of(
                Model.locality("a", 0, 3, Model.endpoint(1)),
                Model.locality("b", 0, 1, Model.endpoint(2), Model.endpoint(3)),
                Model.locality("c", 0, 0, Model.endpoint(4))));
    int[] owners =
        owners(upstream(new LoadBalancing(new RingHash(20_000, 100_000), true, 0), assignment));
    assertThat(IntStream.of(owners).filter(owner -> owner == 1).count() / (double) KEYS)
        .isCloseTo(0.75, within(0.05));
    assertThat(IntStream.of(owners)).doesNotContain(4);
  }

  /** LoadBalancerBase::choosePriority: by the hash, so that a request stays where it was. */
  @Test
  void prioritiesAreChosenByHashToo() {
    Endpoint down =
        new Endpoint(Model.endpoint(2).address(), false, Endpoint.Health.UNHEALTHY, 1, Map.of());
    Upstream upstream =
        upstream(
            LoadBalancing.of(new RingHash(1024, 8192)),
            new Assignment(
                List.of(
                    Model.locality("a", 0, 1, Model.endpoint(1), down),
                    Model.locality("b", 1, 1, Model.endpoint(3)))));
    // BasicFailover: 70 % and 30 %.
    assertThat(pick(upstream, 69)).isEqualTo(1);
    assertThat(pick(upstream, 71)).isEqualTo(3);
  }

  @Test
  void withoutAHashItIsAnybody() {
    Upstream upstream = upstream(new RingHash(1024, 8192), ports(1000, 3));
    assertThat(upstream.hashes()).isTrue();
    assertThat(
            IntStream.range(0, 100)
                .map(
                    i -> Objects.requireNonNull(upstream.pick(null)).endpoint().address().getPort())
                .distinct()
                .count())
        .isEqualTo(3);
  }
}
