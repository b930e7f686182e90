package dev.weft.differential.proxy;

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

/** Tells both; where something is asked, the first one answers. */
record TwoTelemetries(Telemetry first, Telemetry second) implements Telemetry {

  @Override
  public void update(TelemetryPolicy.Both policies) {
    first.update(policies);
    second.update(policies);
  }

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    return new Outbound(first.outbound(request, parent), second.outbound(request, parent));
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    return new Inbound(first.inbound(request), second.inbound(request));
  }

  private record Outbound(OutboundObservation first, OutboundObservation second)
      implements OutboundObservation {

    @Override
    public void flagged(ResponseFlag flag) {
      first.flagged(flag);
      second.flagged(flag);
    }

    @Override
    public void detailed(String details) {
      first.detailed(details);
      second.detailed(details);
    }

    @Override
    public AttemptObservation attempt(
        int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls) {
      return new OneAttempt(
          first.attempt(number, routeName, clusterName, endpoint, mutualTls),
          second.attempt(number, routeName, clusterName, endpoint, mutualTls));
    }

    @Override
    public void requestBody(long length) {
      first.requestBody(length);
      second.requestBody(length);
    }

    @Override
    public void ended(
        int status,
        ResponseFlag flag,
        @Nullable String routeName,
        @Nullable String clusterName,
        @Nullable Endpoint endpoint,
        boolean mutualTls,
        @Nullable String peerId) {
      first.ended(status, flag, routeName, clusterName, endpoint, mutualTls, peerId);
      second.ended(status, flag, routeName, clusterName, endpoint, mutualTls, peerId);
    }
  }

  private record OneAttempt(AttemptObservation first, AttemptObservation second)
      implements AttemptObservation {

    @Override
    public HeaderEdits requestHeaders() {
      return first.requestHeaders();
    }

    @Override
    public HeaderEdits requestId() {
      return first.requestId();
    }

    @Override
    public HeaderEdits introduction() {
      return first.introduction();
    }

    @Override
    public void responded(int status, HeaderSource headers) {
      first.responded(status, headers);
      second.responded(status, headers);
    }

    @Override
    public void trailers(HeaderSource trailers) {
      first.trailers(trailers);
      second.trailers(trailers);
    }

    @Override
    public void ended(@Nullable Throwable failure, ResponseFlag flag) {
      first.ended(failure, flag);
      second.ended(failure, flag);
    }
  }

  private record Inbound(InboundObservation first, InboundObservation second)
      implements InboundObservation {

    @Override
    public RequestContext context() {
      return first.context();
    }

    @Override
    public void detailed(String details) {
      first.detailed(details);
      second.detailed(details);
    }

    @Override
    public void audited(String policy) {
      first.audited(policy);
      second.audited(policy);
    }

    @Override
    public void shadowed(String prefix, boolean granted, @Nullable String policy) {
      first.shadowed(prefix, granted, policy);
      second.shadowed(prefix, granted, policy);
    }

    @Override
    public void responded(int status, HeaderSource headers) {
      first.responded(status, headers);
      second.responded(status, headers);
    }

    @Override
    public void transferred(long received, long sent) {
      first.transferred(received, sent);
      second.transferred(received, sent);
    }

    @Override
    public void ended(
        int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {
      first.ended(status, flag, policy, failure);
      second.ended(status, flag, policy, failure);
    }
  }
}
