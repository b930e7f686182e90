package dev.weft.workload;

import dev.weft.engine.Deadline;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.Telemetry;
import org.jspecify.annotations.Nullable;

/** Keeps silent until a background thread has made the telemetry that is to speak. */
final class LateTelemetry implements Telemetry {

  private static final RequestContext NO_CONTEXT = new RequestContext(null, Deadline.NONE);
  private static final Telemetry SILENT = new Silent();

  private volatile Telemetry telemetry = SILENT;

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

  private static final class Silent
      implements Telemetry, OutboundObservation, AttemptObservation, InboundObservation {

    @Override
    public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
      return this;
    }

    @Override
    public InboundObservation inbound(InboundRequest request) {
      return this;
    }

    @Override
    public AttemptObservation attempt(
        int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls) {
      return this;
    }

    @Override
    public HeaderEdits requestHeaders() {
      return HeaderEdits.NONE;
    }

    @Override
    public RequestContext context() {
      return NO_CONTEXT;
    }

    @Override
    public void responded(int status, HeaderSource headers) {}

    @Override
    public void ended(@Nullable Throwable failure, ResponseFlag flag) {}

    @Override
    public void ended(
        int status,
        ResponseFlag flag,
        @Nullable String routeName,
        @Nullable String clusterName,
        @Nullable Endpoint endpoint,
        boolean mutualTls,
        @Nullable String peerId) {}

    @Override
    public void ended(
        int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {}
  }
}
