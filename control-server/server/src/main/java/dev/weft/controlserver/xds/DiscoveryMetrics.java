package dev.weft.controlserver.xds;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;

/** Counts what the streams do. */
public final class DiscoveryMetrics {
  private final MeterRegistry registry;
  private final Counter responses;
  private final Counter resources;
  private final Counter removals;
  private final Counter rejections;

  public DiscoveryMetrics(MeterRegistry registry) {
    this.registry = registry;
    responses = registry.counter("weft.control.xds.responses");
    resources = registry.counter("weft.control.xds.resources.sent");
    removals = registry.counter("weft.control.xds.removals.sent");
    rejections = registry.counter("weft.control.xds.rejections");
  }

  void connected(Supplier<Number> streams) {
    Gauge.builder("weft.control.xds.streams", streams).register(registry);
  }

  void sent(int resourceCount, int removalCount) {
    responses.increment();
    resources.increment(resourceCount);
    removals.increment(removalCount);
  }

  void answered(Verdict verdict) {
    if (verdict == Verdict.REJECTED) {
      rejections.increment();
    }
  }
}
