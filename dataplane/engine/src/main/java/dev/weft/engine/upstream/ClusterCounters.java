package dev.weft.engine.upstream;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** One cluster's counters, each there from when it first counts: most clusters need few of them. */
final class ClusterCounters {

  private final ConcurrentMap<ClusterCounter, LongAdder> adders = new ConcurrentHashMap<>();

  void count(ClusterCounter counter) {
    LongAdder adder = adders.get(counter);
    if (adder == null) {
      adder = adders.computeIfAbsent(counter, first -> new LongAdder());
    }
    adder.increment();
  }

  long get(ClusterCounter counter) {
    LongAdder adder = adders.get(counter);
    return adder == null ? 0 : adder.sum();
  }
}
