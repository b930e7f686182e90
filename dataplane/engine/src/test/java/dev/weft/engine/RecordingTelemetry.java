package dev.weft.engine;

import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.Telemetry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down, as text, what it is told, in order. */
public final class RecordingTelemetry implements Telemetry {

  public final List<String> events = new ArrayList<>();

  /** Of outbound calls, beside those that they ended with. */
  public final List<ResponseFlag> flags = new ArrayList<>();

  public HeaderEdits traceHeaders = HeaderEdits.NONE;
  public HeaderEdits introduction = HeaderEdits.NONE;
  public RequestContext context = new RequestContext(null, Deadline.NONE);
  public @Nullable RequestContext lastParent;
  public @Nullable String lastPeerId;
  public boolean lastMutualTls;

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    lastParent = parent;
    events.add("call");
    return new OutboundObservation() {
      @Override
      public void flagged(ResponseFlag flag) {
        if (flag != ResponseFlag.NONE) {
          flags.add(flag);
        }
      }

      @Override
      public AttemptObservation attempt(
          int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls) {
        events.add("attempt " + number + " to " + port(endpoint) + (mutualTls ? " by mTLS" : ""));
        return new Observed(number);
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
        lastPeerId = peerId;
        lastMutualTls = mutualTls;
        events.add(
            "call ended "
                + status
                + " "
                + flag.code()
                + " route "
                + routeName
                + " cluster "
                + clusterName
                + " at "
                + port(endpoint));
      }
    };
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    events.add("inbound");
    return new InboundObservation() {
      @Override
      public RequestContext context() {
        return context;
      }

      @Override
      public void detailed(String details) {
        events.add(details);
      }

      @Override
      public void audited(String policy) {
        events.add("audited by " + policy);
      }

      @Override
      public void shadowed(String prefix, boolean granted, @Nullable String policy) {
        events.add("shadow " + prefix + (granted ? " allowed by " : " denied by ") + policy);
      }

      @Override
      public void ended(
          int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {
        events.add(
            "inbound ended "
                + status
                + " "
                + flag.code()
                + " by "
                + policy
                + (failure == null ? "" : " failed"));
      }
    };
  }

  private static @Nullable String port(@Nullable Endpoint endpoint) {
    return endpoint == null ? null : String.valueOf(endpoint.address().getPort());
  }

  private final class Observed implements AttemptObservation {
    private final int number;

    Observed(int number) {
      this.number = number;
    }

    @Override
    public HeaderEdits requestHeaders() {
      return traceHeaders;
    }

    @Override
    public HeaderEdits introduction() {
      return introduction;
    }

    @Override
    public void responded(int status, HeaderSource headers) {
      events.add("attempt " + number + " responded " + status);
    }

    @Override
    public void trailers(HeaderSource trailers) {
      events.add("attempt " + number + " trailers " + trailers.header("grpc-status"));
    }

    @Override
    public void ended(@Nullable Throwable failure, ResponseFlag flag) {
      events.add(
          "attempt " + number + " ended " + flag.code() + (failure == null ? "" : " failed"));
    }
  }
}
