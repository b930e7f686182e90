package dev.weft.controlserver.registration;

import dev.weft.controlserver.identity.Identity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The workloads registered now. Safe for use by many threads. */
public final class WorkloadRegistry {
  private record Instance(Identity identity, String id) {}

  /** By stream, in the order in which the streams began. */
  private final Map<Object, Registration> byStream = new LinkedHashMap<>();

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

  /**
   * All of them, in a stable order. A process that has come back on another stream before its old
   * one was noticed to be dead counts once, as it described itself last.
   */
  public List<Registration> workloads() {
    Map<Instance, Registration> newest = new LinkedHashMap<>();
    synchronized (byStream) {
      for (Registration workload : byStream.values()) {
        newest.put(new Instance(workload.identity(), workload.instance()), workload);
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
