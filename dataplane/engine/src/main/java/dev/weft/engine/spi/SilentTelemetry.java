package dev.weft.engine.spi;

import dev.weft.engine.Deadline;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundRequest;
import org.jspecify.annotations.Nullable;

/** Tells nobody of anything; one for all requests. */
public enum SilentTelemetry
    implements
        Telemetry, Telemetry.OutboundObservation, Telemetry.AttemptObservation,
        Telemetry.InboundObservation {
  INSTANCE;

  private static final RequestContext CONTEXT = new RequestContext(null, Deadline.NONE);

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
  public void ended(
      int status,
      ResponseFlag flag,
      @Nullable String routeName,
      @Nullable String clusterName,
      @Nullable Endpoint endpoint,
      boolean mutualTls,
      @Nullable String peerId) {}

  @Override
  public void detailed(String details) {}

  @Override
  public HeaderEdits requestHeaders() {
    return HeaderEdits.NONE;
  }

  @Override
  public void responded(int status, HeaderSource headers) {}

  @Override
  public void ended(@Nullable Throwable failure, ResponseFlag flag) {}

  @Override
  public RequestContext context() {
    return CONTEXT;
  }

  @Override
  public void ended(
      int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {}
}
