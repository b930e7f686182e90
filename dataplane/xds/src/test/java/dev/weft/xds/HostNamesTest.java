package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Envoy, Cluster.type STRICT_DNS and LOGICAL_DNS, dns_refresh_rate. */
class HostNamesTest {

  private static final Duration REFRESH = Duration.ofSeconds(60);
  private static final String HOST = "api.example.com";

  private final Map<String, InetAddress[]> zone = new HashMap<>();
  private final Queue<Runnable> lookups = new ArrayDeque<>();
  private final Queue<Runnable> refreshes = new ArrayDeque<>();
  private int changes;
  private final HostNames names =
      new HostNames(this::lookup, lookups::add, this::later, () -> changes++);

  private InetAddress[] lookup(String host) throws UnknownHostException {
    InetAddress[] found = zone.get(host);
    if (found == null) {
      throw new UnknownHostException(host);
    }
    return found;
  }

  private void later(Duration delay, Runnable task) {
    if (delay.isZero()) {
      task.run();
    } else {
      assertThat(delay).isEqualTo(REFRESH);
      refreshes.add(task);
    }
  }

  private void zone(String... addresses) throws UnknownHostException {
    InetAddress[] all = new InetAddress[addresses.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = InetAddress.getByAddress(HOST, InetAddress.getByName(addresses[i]).getAddress());
    }
    zone.put(HOST, all);
  }

  private void run(Queue<Runnable> tasks) {
    assertThat(tasks).hasSize(1);
    tasks.remove().run();
  }

  private List<String> found() {
    return names.addresses(HOST).stream().map(InetAddress::toString).toList();
  }

  @Test
  void isLookedUpOffTheConnectionsThreadAndAgainInTime() throws Exception {
    zone("192.0.2.1", "192.0.2.3", "192.0.2.2", "2001:db8::1");
    names.want(Map.of(HOST, REFRESH));
    assertThat(names.answered(HOST)).as("not yet").isFalse();
    run(lookups);
    assertThat(names.answered(HOST)).isTrue();
    assertThat(found())
        .as("IPv4, no names")
        .containsExactly("/192.0.2.1", "/192.0.2.2", "/192.0.2.3");

    zone("192.0.2.3", "192.0.2.1", "192.0.2.2");
    run(refreshes);
    run(lookups);
    assertThat(changes).as("another order is no change").isEqualTo(1);

    zone("192.0.2.9");
    run(refreshes);
    run(lookups);
    assertThat(found()).containsExactly("/192.0.2.9");
    assertThat(changes).isEqualTo(2);
  }

  @Test
  void whatWasFoundLastStays() throws Exception {
    names.want(Map.of(HOST, REFRESH));
    run(lookups);
    assertThat(names.answered(HOST)).as("no name is an answer, too").isTrue();
    assertThat(found()).isEmpty();

    zone("2001:db8::1");
    run(refreshes);
    run(lookups);
    assertThat(found()).containsExactly("/2001:db8:0:0:0:0:0:1");

    zone.clear();
    run(refreshes);
    run(lookups);
    assertThat(found()).containsExactly("/2001:db8:0:0:0:0:0:1");
    assertThat(changes).isEqualTo(2);
  }

  @Test
  void whatIsNotWantedAnyMoreIsForgotten() throws Exception {
    zone("192.0.2.1");
    names.want(Map.of(HOST, REFRESH));
    run(lookups);
    names.want(Map.of());
    assertThat(found()).isEmpty();
    run(refreshes);
    assertThat(lookups).isEmpty();
  }
}
