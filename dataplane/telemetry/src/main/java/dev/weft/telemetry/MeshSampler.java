package dev.weft.telemetry;

import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Samples as the mesh says, or as the workload's own {@code OTEL_TRACES_SAMPLER} does: what is set
 * for one workload counts for more. As in Envoy random sampling is for traces that begin here, and
 * overall sampling for all.
 */
final class MeshSampler implements Sampler {

  private final Sampler own;
  private final boolean ownWins;
  private volatile @Nullable Rates inbound;
  private volatile @Nullable Rates outbound;

  /**
   * Whether a trace that begins is recorded: in the context that is its parent, where its request's
   * ID says so.
   */
  static final ContextKey<Boolean> CHOSEN = ContextKey.named("weft.chosen");

  /** Of which Envoy's percentages are parts. */
  private static final int WHOLE = 10_000;

  /**
   * @param byRequestId the parts of {@link #WHOLE} that are recorded by their requests' IDs; -1:
   *     they aren't chosen so
   * @param most the parts that are, whoever chose them
   */
  private record Rates(Sampler random, Sampler overall, boolean none, long byRequestId, long most) {

    static @Nullable Rates of(@Nullable TracingPolicy policy) {
      return policy == null
          ? null
          : new Rates(
              ratio(policy.randomSampling()),
              ratio(policy.overallSampling()),
              policy.overallSampling() <= 0,
              policy.byRequestId() ? parts(policy.randomSampling()) : -1,
              parts(policy.overallSampling()));
    }

    private static long parts(double percent) {
      return Math.round(percent * WHOLE / 100);
    }

    private static Sampler ratio(double percent) {
      return Sampler.traceIdRatioBased(Math.max(0, Math.min(1, percent / 100)));
    }
  }

  /**
   * @param ownWins whether somebody has chosen the workload's own sampler
   */
  MeshSampler(Sampler own, boolean ownWins) {
    this.own = own;
    this.ownWins = ownWins;
  }

  void update(TelemetryPolicy.Both policies) {
    inbound = Rates.of(policies.inbound().tracing());
    outbound = Rates.of(policies.outbound().tracing());
  }

  private @Nullable Rates rates(SpanKind kind) {
    return kind == SpanKind.SERVER ? inbound : outbound;
  }

  /**
   * Whether the trace that begins with a request is recorded, by what its ID says, or else by the
   * number that it is, so that all hops choose alike (Envoy's mutateTracingRequestHeader).
   *
   * @return null if the ID doesn't decide
   */
  @Nullable Boolean chosen(SpanKind kind, String requestId) {
    Rates rates = rates(kind);
    if (rates == null || ownWins || rates.byRequestId < 0) {
      return null;
    }
    long number = RequestIds.number(requestId);
    long part = number % WHOLE;
    return number >= 0
        && (RequestIds.isTraced(requestId) || part < rates.byRequestId)
        && part < rates.most;
  }

  /** Whether the mesh wants no spans of this kind at all. */
  boolean isOff(SpanKind kind) {
    Rates rates = rates(kind);
    return rates != null && rates.none;
  }

  @Override
  public SamplingResult shouldSample(
      Context parentContext,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    Rates rates = rates(kind);
    Sampler sampler = own;
    if (rates != null && !ownWins) {
      SpanContext parent = Span.fromContext(parentContext).getSpanContext();
      if (parent.isValid() && !parent.isSampled()) {
        return SamplingResult.drop();
      }
      Boolean chosen = parentContext.get(CHOSEN);
      if (chosen != null && !parent.isValid()) {
        return chosen ? SamplingResult.recordAndSample() : SamplingResult.drop();
      }
      sampler = parent.isValid() ? rates.overall : rates.random;
    }
    return sampler.shouldSample(parentContext, traceId, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "mesh, else " + own.getDescription();
  }
}
