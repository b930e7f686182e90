package dev.weft.workload;

import dev.weft.engine.RequestContext;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.SilentTelemetry;
import dev.weft.engine.spi.Telemetry;
import org.jspecify.annotations.Nullable;

/** Keeps silent until a background thread has made the telemetry that is to speak. */
final class LateTelemetry implements Telemetry {

  private volatile Telemetry telemetry = SilentTelemetry.INSTANCE;

  /** Before any configuration does. */
  void arrived(Telemetry real) {
    telemetry = real;
  }

  @Override
  public void update(TelemetryPolicy.Both policies) {
    telemetry.update(policies);
  }

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    return telemetry.outbound(request, parent);
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    return telemetry.inbound(request);
  }
}
