package dev.weft.controlserver.registration;

import dev.weft.controlserver.identity.Identity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The workloads registered now. Safe for use by many threads. */
public final class WorkloadRegistry {
  private record Instance(Identity identity, String id) {
    static Instance of(Registration workload) {
      return new Instance(workload.identity(), workload.instance());
    }
  }

  /** By stream, in the order in which the streams began. */
  private final Map<Object, Registration> byStream = new LinkedHashMap<>();

  /** Registered with an earlier server, and not yet with this one. */
  private final Map<Instance, Registration> expected = new LinkedHashMap<>();

  private volatile Runnable onChange = () -> {};

  /**
   * @param listener called after each change, from any thread; must return at once
   */
  public void onChange(Runnable listener) {
    onChange = listener;
  }

  void put(Object stream, Registration workload) {
    Registration before;
    synchronized (byStream) {
      before = byStream.put(stream, workload);
      expected.remove(Instance.of(workload));
    }
    if (!workload.equals(before)) {
      onChange.run();
    }
  }

  void remove(Object stream) {
    boolean there;
    synchronized (byStream) {
      there = byStream.remove(stream) != null;
    }
    if (there) {
      onChange.run();
    }
  }

  /** Counts workloads as registered that are not, until they are or are expected no more. */
  void expect(List<Registration> workloads) {
    synchronized (byStream) {
      workloads.forEach(workload -> expected.put(Instance.of(workload), workload));
    }
    onChange.run();
  }

  /** Those that have not come by now will not. */
  void expectNoMore() {
    boolean there;
    synchronized (byStream) {
      there = !expected.isEmpty();
      expected.clear();
    }
    if (there) {
      onChange.run();
    }
  }

  /**
   * All of them, in a stable order. A process that has come back on another stream before its old
   * one was noticed to be dead counts once, as it described itself last.
   */
  public List<Registration> workloads() {
    Map<Instance, Registration> newest = new LinkedHashMap<>();
    synchronized (byStream) {
      newest.putAll(expected);
      for (Registration workload : byStream.values()) {
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
}
