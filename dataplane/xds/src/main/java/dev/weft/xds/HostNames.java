package dev.weft.xds;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Host names of endpoints, resolved before anybody calls them and kept fresh, as Envoy's STRICT_DNS
 * and LOGICAL_DNS do. What was found last stays while a name can't be resolved. The connection's
 * thread's, but for the looking up itself, which blocks.
 */
final class HostNames {

  private static final int THREADS = 4;
  private static final long IDLE_SECONDS = 90;

  /** Finds addresses. Blocks. */
  interface Lookup {
    InetAddress[] of(String host) throws UnknownHostException;
  }

  /** Runs a task on the connection's thread. */
  interface Later {
    void run(Duration delay, Runnable task);
  }

  private static final class Name {
    Duration refresh;
    List<InetAddress> addresses = List.of();
    boolean answered;

    Name(Duration refresh) {
      this.refresh = refresh;
    }
  }

  private final Lookup lookup;
  private final Executor lookups;
  private final Later later;
  private final Runnable changed;
  private final Map<String, Name> names = new HashMap<>();

  /**
   * @param lookups where to look up
   * @param changed told when what is known of any name has changed
   */
  HostNames(Lookup lookup, Executor lookups, Later later, Runnable changed) {
    this.lookup = lookup;
    this.lookups = lookups;
    this.later = later;
    this.changed = changed;
  }

  /** Threads for looking up, made when they are needed and gone when they are not. */
  static ExecutorService lookups() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(null, task, "weft-dns", 0, false);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /**
   * These are in use, and no others.
   *
   * @param wanted how long what is found of a name is good
   */
  void want(Map<String, Duration> wanted) {
    names.keySet().retainAll(wanted.keySet());
    wanted.forEach(
        (host, refresh) -> {
          Name known = names.get(host);
          if (known == null) {
            Name name = new Name(refresh);
            names.put(host, name);
            look(host, name);
          } else {
            known.refresh = refresh;
          }
        });
  }

  /** Whether the first answer, good or bad, is here. */
  boolean answered(String host) {
    Name name = names.get(host);
    return name != null && name.answered;
  }

  /** Nobody waits for it any longer. */
  void giveUp(String host) {
    Name name = names.get(host);
    if (name != null) {
      name.answered = true;
    }
  }

  /** IPv4 where there is any, in a stable order save for the first, which is as it was found. */
  List<InetAddress> addresses(String host) {
    Name name = names.get(host);
    return name == null ? List.of() : name.addresses;
  }

  private void look(String host, Name name) {
    try {
      lookups.execute(
          () -> {
            List<InetAddress> found = found(host);
            later.run(Duration.ZERO, () -> answer(host, name, found));
          });
    } catch (RejectedExecutionException e) {
      // It is over.
    }
  }

  private List<InetAddress> found(String host) {
    try {
      List<InetAddress> all = new ArrayList<>();
      for (InetAddress address : lookup.of(host)) {
        all.add(InetAddress.getByAddress(address.getAddress())); // without the name
      }
      List<InetAddress> fours = all.stream().filter(Inet4Address.class::isInstance).toList();
      return fours.isEmpty() ? all : fours;
    } catch (UnknownHostException | RuntimeException e) {
      return List.of();
    }
  }

  private void answer(String host, Name name, List<InetAddress> found) {
    if (names.get(host) != name) {
      return; // nobody's any more
    }
    later.run(name.refresh, () -> refresh(host, name));
    boolean news = !found.isEmpty() && !new HashSet<>(found).equals(new HashSet<>(name.addresses));
    if (news) {
      List<InetAddress> addresses = new ArrayList<>(found);
      addresses
          .subList(1, addresses.size())
          .sort(Comparator.comparing(InetAddress::getAddress, Arrays::compareUnsigned));
      name.addresses = List.copyOf(addresses);
    }
    if (news || !name.answered) {
      name.answered = true;
      changed.run();
    }
  }

  private void refresh(String host, Name name) {
    if (names.get(host) == name) {
      look(host, name);
    }
  }
}
