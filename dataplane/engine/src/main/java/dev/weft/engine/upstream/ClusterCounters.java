package dev.weft.engine.upstream;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** One cluster's counters, each there from when it first counts: most clusters need few of them. */
@SuppressWarnings("EnumOrdinal") // an index, within this process
final class ClusterCounters {

  private final AtomicReferenceArray<LongAdder> adders =
      new AtomicReferenceArray<>(ClusterCounter.values().length);

  void count(ClusterCounter counter) {
    LongAdder adder = adders.get(counter.ordinal());
    if (adder == null) {
      adders.compareAndSet(counter.ordinal(), null, new LongAdder());
      adder = adders.get(counter.ordinal());
    }
    adder.increment();
  }

  long get(ClusterCounter counter) {
    LongAdder adder = adders.get(counter.ordinal());
    return adder == null ? 0 : adder.sum();
  }
}
