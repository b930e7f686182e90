package dev.weft.engine.spi;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.outbound.OutboundRequest;
import org.jspecify.annotations.Nullable;

/** Told of every request; makes spans, metrics and access log of it. Must not throw or block. */
public interface Telemetry {

  /** From now on new requests are told of by this. Called when configuration arrives. */
  default void update(TelemetryPolicy.Both policies) {}

  /** An outbound call begins on the current thread. */
  OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent);

  /** An inbound request arrived. */
  InboundObservation inbound(InboundRequest request);

  /** One outbound call: a metric for the whole, a client span for each attempt. */
  interface OutboundObservation {

    /** Something of note, beside what {@link #ended} will say; {@link ResponseFlag#NONE} isn't. */
    default void flagged(ResponseFlag flag) {}

    /**
     * A filter has answered, before {@link #ended}.
     *
     * @param details Envoy's {@code %RESPONSE_CODE_DETAILS%}
     */
    default void detailed(String details) {}

    /**
     * An attempt is about to be sent.
     *
     * @param clusterName e.g. {@code outbound|8080|v1|catalog.shop.svc.cluster.local}
     */
    AttemptObservation attempt(
        int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls);

    /**
     * How long the request's body is, bytes; told once, if at all, before {@link #ended}.
     *
     * @param length -1 if it isn't known
     */
    default void requestBody(long length) {}

    /**
     * @param status 0 if there was no response
     * @param mutualTls whether both sides proved who they are, if there was an endpoint at last
     * @param peerId the SPIFFE ID that the endpoint proved; null if it proved none, or it isn't
     *     known which
     */
    void ended(
        int status,
        ResponseFlag flag,
        @Nullable String routeName,
        @Nullable String clusterName,
        @Nullable Endpoint endpoint,
        boolean mutualTls,
        @Nullable String peerId);
  }

  /** One attempt: a client span. */
  interface AttemptObservation {

    /** Edits that carry this attempt's trace context; the route's edits come on top. */
    HeaderEdits requestHeaders();

    /** Edits that carry {@code x-request-id}; none if the application has set it. */
    default HeaderEdits requestId() {
      return HeaderEdits.NONE;
    }

    /** Edits that carry {@link PeerMetadata}; none unless over mutual TLS. */
    default HeaderEdits introduction() {
      return HeaderEdits.NONE;
    }

    void responded(int status, HeaderSource headers);

    /** The response's trailers, where gRPC has its status. */
    default void trailers(HeaderSource trailers) {}

    /**
     * @param failure null if it was received whole
     */
    void ended(@Nullable Throwable failure, ResponseFlag flag);
  }

  /** One inbound request: a server span, a metric, a line of the access log. */
  interface InboundObservation {

    RequestContext context();

    /**
     * A filter that is no policy has answered, before {@link #ended}.
     *
     * @param details Envoy's {@code %RESPONSE_CODE_DETAILS%}
     */
    default void detailed(String details) {}

    /** A policy with action AUDIT matched. */
    default void audited(String policy) {}

    /**
     * Shadow rules were judged.
     *
     * @param prefix Envoy's shadow_rules_stat_prefix, e.g. {@code istio_dry_run_deny_}
     * @param granted what they would have decided
     * @param policy the one by which; null if none matched
     */
    default void shadowed(String prefix, boolean granted, @Nullable String policy) {}

    /** The response's head is about to be written. */
    default void responded(int status, HeaderSource headers) {}

    /**
     * How much of the bodies was read and written, bytes; told once, if at all, before {@link
     * #ended}.
     */
    default void transferred(long received, long sent) {}

    /**
     * @param status 0 if none was sent
     * @param policy the authorization policy that refused it; null if none did
     */
    void ended(int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure);
  }
}
