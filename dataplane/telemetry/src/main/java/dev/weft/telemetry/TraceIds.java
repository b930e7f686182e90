package dev.weft.telemetry;

import dev.weft.engine.model.SpanCollector;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import io.opentelemetry.sdk.trace.IdGenerator;
import org.jspecify.annotations.Nullable;

/**
 * IDs of traces that begin here and of spans. A trace's has 64 bits, zeros before them, if the
 * mesh's Zipkin wants them so in either direction and spans go there.
 */
final class TraceIds implements IdGenerator {

  private static final String ZEROS = "0".repeat(16);

  private final IdGenerator random = IdGenerator.random();
  private final boolean meshExports;
  private volatile boolean shortIds;

  /**
   * @param meshExports whether the mesh says where spans go
   */
  TraceIds(boolean meshExports) {
    this.meshExports = meshExports;
  }

  void update(TelemetryPolicy.Both policies) {
    shortIds =
        meshExports
            && (areShort(policies.inbound().tracing()) || areShort(policies.outbound().tracing()));
  }

  private static boolean areShort(@Nullable TracingPolicy tracing) {
    return tracing != null
        && tracing.collector() instanceof SpanCollector.Zipkin zipkin
        && zipkin.shortTraceIds();
  }

  @Override
  public String generateSpanId() {
    return random.generateSpanId();
  }

  @Override
  public String generateTraceId() {
    return shortIds ? ZEROS + random.generateSpanId() : random.generateTraceId();
  }
}
