package dev.weft.controlserver.registration;

import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.registration.Registration.Port;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The workloads registered now, and those that were refused. A workload is in if it is entitled to
 * the service that it names, and nobody else is where it says that it is. Safe for use by many
 * threads.
 */
public final class WorkloadRegistry {

  /** Whoever speaks for a workload. */
  @FunctionalInterface
  interface Registrant {
    /** What it said last is judged differently now; {@link #refusal} says how. */
    void judgedAgain();
  }

  /**
   * A workload that is not registered.
   *
   * @param forGood whether only the workload itself can mend it
   */
  public record Refused(Registration workload, String reason, boolean forGood) {}

  private record Instance(Identity identity, String id) {
    static Instance of(Registration workload) {
      return new Instance(workload.identity(), workload.instance());
    }
  }

  /** In the order in which they began. */
  private final Map<Registrant, Registration> registered = new LinkedHashMap<>();

  private final Map<Registrant, Refused> refused = new LinkedHashMap<>();

  /** Registered with an earlier server, and not yet with this one. */
  private final Map<Instance, Registration> expected = new LinkedHashMap<>();

  private volatile Function<Registration, Optional<String>> entitlement =
      workload -> Optional.empty();
  private volatile Runnable onChange = () -> {};

  /**
   * @param listener called after each change, from any thread; must return at once
   */
  public void onChange(Runnable listener) {
    onChange = listener;
  }

  /**
   * @param refusal why a workload may not serve what it names; empty if it may. When the answers
   *     may have changed, call {@link #judgeAgain}
   */
  public void entitlement(Function<Registration, Optional<String>> refusal) {
    entitlement = refusal;
  }

  /**
   * Takes in what a workload says of itself now, in place of what it said before.
   *
   * @return why it is refused; empty if it is registered
   */
  Optional<String> put(Registrant registrant, Registration workload) {
    Optional<String> refusal;
    boolean changed;
    synchronized (registered) {
      refusal = refusal(workload);
      if (refusal.isPresent()) {
        changed = registered.remove(registrant) != null;
        refused.put(registrant, new Refused(workload, refusal.get(), false));
      } else {
        changed = !workload.equals(registered.put(registrant, workload));
        refused.remove(registrant);
        expected.remove(Instance.of(workload));
      }
    }
    if (changed) {
      onChange.run();
    }
    return refusal;
  }

  /** Notes that what a workload says of itself can't be right. */
  void refuse(Registrant registrant, Registration workload, String reason) {
    boolean changed;
    synchronized (registered) {
      changed = registered.remove(registrant) != null;
      refused.put(registrant, new Refused(workload, reason, true));
    }
    if (changed) {
      onChange.run();
    }
  }

  void remove(Registrant registrant) {
    boolean changed;
    synchronized (registered) {
      changed = registered.remove(registrant) != null;
      refused.remove(registrant);
    }
    if (changed) {
      onChange.run();
    }
  }

  /**
   * Judges all workloads by what holds now: who is entitled to what, and which addresses are free.
   * Those for whom something has changed are told in this thread.
   */
  public void judgeAgain() {
    List<Registrant> changed = new ArrayList<>();
    synchronized (registered) {
      // First those that have to go: others may wait for their addresses.
      for (Map.Entry<Registrant, Registration> in : List.copyOf(registered.entrySet())) {
        Optional<String> refusal = entitlement.apply(in.getValue());
        if (refusal.isPresent()) {
          registered.remove(in.getKey());
          refused.put(in.getKey(), new Refused(in.getValue(), refusal.get(), false));
          changed.add(in.getKey());
        }
      }
      for (Map.Entry<Registrant, Refused> out : List.copyOf(refused.entrySet())) {
        Refused before = out.getValue();
        if (!before.forGood && refusal(before.workload).isEmpty()) {
          refused.remove(out.getKey());
          registered.put(out.getKey(), before.workload);
          changed.add(out.getKey());
        }
      }
    }
    if (!changed.isEmpty()) {
      changed.forEach(Registrant::judgedAgain);
      onChange.run();
    }
  }

  /** Why a workload is refused; empty if it is registered. */
  Optional<String> refusal(Registrant registrant) {
    synchronized (registered) {
      return Optional.ofNullable(refused.get(registrant)).map(Refused::reason);
    }
  }

  private Optional<String> refusal(Registration workload) {
    return entitlement.apply(workload).or(() -> taken(workload));
  }

  /** One address has one identity: another one would say what the first one's port can do. */
  private Optional<String> taken(Registration workload) {
    List<Integer> ports = workload.ports().stream().map(Port::number).toList();
    return Stream.of(registered.values(), expected.values())
        .flatMap(Collection::stream)
        .filter(
            other ->
                other.address().equals(workload.address())
                    && !other.identity().equals(workload.identity()))
        .flatMap(
            other ->
                other.ports().stream()
                    .filter(port -> ports.contains(port.number()))
                    .map(
                        port ->
                            "port %d of %s is registered by %s"
                                .formatted(port.number(), other.address(), other.identity())))
        .findFirst();
  }

  /** Counts workloads as registered that are not, until they are or are expected no more. */
  void expect(List<Registration> workloads) {
    synchronized (registered) {
      workloads.forEach(workload -> expected.put(Instance.of(workload), workload));
    }
    onChange.run();
  }

  /** Those that have not come by now will not. */
  void expectNoMore() {
    boolean there;
    synchronized (registered) {
      there = !expected.isEmpty();
      expected.clear();
    }
    if (there) {
      onChange.run();
    }
  }

  /**
   * All that are registered, in a stable order. A process that has come back on another stream
   * before its old one was noticed to be dead counts once, as it described itself last.
   */
  public List<Registration> workloads() {
    Map<Instance, Registration> newest = new LinkedHashMap<>();
    synchronized (registered) {
      newest.putAll(expected);
      for (Registration workload : registered.values()) {
        newest.put(Instance.of(workload), workload);
      }
    }
    List<Registration> workloads = new ArrayList<>(newest.values());
    workloads.sort(
        Comparator.comparing((Registration workload) -> workload.identity().namespace())
            .thenComparing(Registration::service)
            .thenComparing(Registration::address)
            .thenComparing(Registration::instance));
    return workloads;
  }

  /** Those that are connected and not registered, in the order in which they were refused. */
  public List<Refused> refused() {
    synchronized (registered) {
      return List.copyOf(refused.values());
    }
  }
}
