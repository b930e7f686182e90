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

  private final Runnable onChange;

  /** By stream, in the order in which the streams began. */
  private final Map<Object, RegisteredWorkload> byStream = new LinkedHashMap<>();

  /**
   * @param onChange called after each change, from any thread; must return at once
   */
  public WorkloadRegistry(Runnable onChange) {
    this.onChange = onChange;
  }

  void put(Object stream, RegisteredWorkload workload) {
    RegisteredWorkload before;
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
  public List<RegisteredWorkload> workloads() {
    Map<Instance, RegisteredWorkload> newest = new LinkedHashMap<>();
    synchronized (byStream) {
      for (RegisteredWorkload workload : byStream.values()) {
        newest.put(new Instance(workload.identity(), workload.instance()), workload);
      }
    }
    List<RegisteredWorkload> workloads = new ArrayList<>(newest.values());
    workloads.sort(
        Comparator.comparing((RegisteredWorkload workload) -> workload.identity().namespace())
            .thenComparing(RegisteredWorkload::service)
            .thenComparing(RegisteredWorkload::address)
            .thenComparing(RegisteredWorkload::instance));
    return workloads;
  }
}
