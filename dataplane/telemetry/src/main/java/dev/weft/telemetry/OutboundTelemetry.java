package dev.weft.telemetry;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.TraceContext;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import dev.weft.telemetry.TraceHeaders.Format;
import dev.weft.telemetry.accesslog.Headers;
import dev.weft.telemetry.accesslog.LogEntry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One outbound call. What the request says is read at once: it is the library's to recycle. */
final class OutboundTelemetry implements OutboundObservation {

  private final RequestMetrics metrics;
  private final @Nullable Spans spans;
  private final long started = System.nanoTime();
  private final String host;
  private final int port;
  private final String method;
  private final String url;
  private final boolean grpc;
  private final @Nullable TraceContext parent;
  private final boolean parentIsApplications;
  private final Set<Format> formats;
  private final HeaderEdits introduction;
  private final Reporting reporting;
  private final @Nullable LogEntry entry;
  private final String requestId;
  private final boolean idIsApplications;
  private final @Nullable String @Nullable [] tagValues;
  private volatile @Nullable String grpcStatus;
  private volatile ResponseFlags flags = ResponseFlags.NONE;
  private @Nullable String details;

  /** Of the bodies, bytes; -1 if not known. */
  private volatile long requestBytes = -1;

  private volatile long responseBytes = -1;

  /**
   * @param introduction says who we are to a server that we trust; sets headers and does nothing
   *     else
   */
  OutboundTelemetry(
      OutboundRequest request,
      @Nullable RequestContext context,
      RequestMetrics metrics,
      @Nullable Spans spans,
      HeaderEdits introduction,
      Reporting reporting) {
    String sent = RequestIds.of(request);
    String carried = context == null ? null : context.requestId();
    requestId = sent != null ? sent : carried != null ? carried : RequestIds.random();
    idIsApplications = sent != null;
    this.reporting = reporting;
    tagValues = spans == null ? null : reporting.tags().read(request);
    Headers headers = reporting.headers();
    entry =
        headers == null
            ? null
            : new LogEntry(
                headers,
                false,
                request.method(),
                request.path(),
                request.authority(),
                null,
                request);
    this.introduction = introduction;
    this.metrics = metrics;
    this.spans = spans;
    if (entry != null) {
      entry.requestId = requestId;
    }
    host = request.host();
    port = request.port();
    method = request.method();
    url =
        spans == null
            ? ""
            : request.scheme() + "://" + request.authority() + reporting.bounded(request.path());
    String contentType = request.header("content-type");
    grpc = contentType != null && contentType.startsWith("application/grpc");
    TraceContext own = TraceHeaders.read(request);
    parentIsApplications = own != null;
    parent = own != null || context == null ? own : context.trace();
    formats = own == null ? reporting.propagators() : formatsOf(request, reporting.propagators());
  }

  /** Those that the application used, so that nobody downstream reads its header as the parent. */
  private static Set<Format> formatsOf(HeaderSource request, Set<Format> usual) {
    Set<Format> used = EnumSet.noneOf(Format.class);
    for (Format format : Format.values()) {
      if (format.in(request)) {
        used.add(format);
      }
    }
    return used.equals(usual) ? usual : used;
  }

  @Override
  public AttemptObservation attempt(
      int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls) {
    if (entry != null) {
      entry.attempts = number;
      entry.route = routeName;
      entry.cluster = clusterName;
      entry.upstream = endpoint.address();
      entry.mutualTls = mutualTls;
    }
    Span span =
        spans == null
            ? null
            : spans.start(SpanKind.CLIENT, SpanFacts.name(method), parent, requestId);
    HeaderEdits toPeer = mutualTls ? introduction : HeaderEdits.NONE;
    if (span == null || spans == null) {
      return new AttemptTelemetry(null, requestId, inherited(), toPeer);
    }
    String id =
        parent != null || idIsApplications
            ? requestId
            : spans.told(SpanKind.CLIENT, span, requestId);
    if (span.isRecording()) {
      describe(span, number, routeName, clusterName, endpoint, mutualTls);
      span.setAttribute(SpanFacts.REQUEST_ID, id);
      reporting.tags().put(span, tagValues);
    }
    if (entry != null) {
      entry.traceId = span.getSpanContext().getTraceId();
      entry.spanId = span.getSpanContext().getSpanId();
      entry.requestId = id;
    }
    return new AttemptTelemetry(span, id, edits(Spans.contextOf(span, parent)), toPeer);
  }

  /** Without spans of our own the caller's context goes on as it came. */
  private HeaderEdits inherited() {
    return parent == null || parentIsApplications ? HeaderEdits.NONE : edits(parent);
  }

  private HeaderEdits edits(TraceContext context) {
    if (!reporting.propagates()) {
      return HeaderEdits.NONE;
    }
    List<Header> headers = TraceHeaders.write(context, formats);
    return headers.isEmpty() ? HeaderEdits.NONE : new HeaderEdits(List.of(), headers, List.of());
  }

  private void describe(
      Span span,
      int number,
      String routeName,
      String clusterName,
      Endpoint endpoint,
      boolean mutualTls) {
    SpanFacts.method(span, method);
    span.setAttribute(SpanFacts.URL, url);
    span.setAttribute(SpanFacts.SERVER_ADDRESS, host);
    span.setAttribute(SpanFacts.SERVER_PORT, port);
    InetSocketAddress address = endpoint.address();
    span.setAttribute(SpanFacts.PEER_ADDRESS, address.getHostString());
    span.setAttribute(SpanFacts.PEER_PORT, address.getPort());
    span.setAttribute(SpanFacts.ROUTE, routeName);
    span.setAttribute(SpanFacts.CLUSTER, clusterName);
    span.setAttribute(SpanFacts.SECURITY, Labels.security(mutualTls));
    if (number > 1) {
      span.setAttribute(SpanFacts.RESENDS, number - 1);
    }
  }

  @Override
  public void detailed(String details) {
    this.details = details;
  }

  @Override
  public void requestBody(long length) {
    requestBytes = length;
  }

  /** Always in the turn of one thread. */
  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate")
  public void flagged(ResponseFlag flag) {
    if (flag != ResponseFlag.NONE) {
      flags = flags.and(flag);
    }
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
    long duration = System.nanoTime() - started;
    if (entry != null) {
      complete(entry, status, flag, routeName, clusterName, endpoint, mutualTls, peerId);
    }
    metrics.outbound(
        OutboundKey.of(
            host,
            routeName,
            clusterName,
            endpoint,
            Labels.status(status, flag),
            grpcStatus(),
            flags.and(flag),
            mutualTls ? metrics.principal() : null,
            peerId,
            metrics.ofCall(entry)),
        duration,
        requestBytes,
        responseBytes);
    if (reporting.logs() != null && entry != null) {
      reporting.logs().log(entry);
    }
  }

  private void complete(
      LogEntry entry,
      int status,
      ResponseFlag flag,
      @Nullable String routeName,
      @Nullable String clusterName,
      @Nullable Endpoint endpoint,
      boolean mutualTls,
      @Nullable String peerId) {
    entry.ended();
    entry.status = Labels.status(status, flag);
    entry.flags = flags.and(flag);
    entry.details =
        details == null
            ? Details.outbound(status, flag, clusterName, entry.transportFailure)
            : details;
    entry.route = routeName;
    entry.cluster = clusterName;
    entry.upstream = endpoint == null ? null : endpoint.address();
    entry.mutualTls = mutualTls;
    entry.peer = peerId;
    entry.own = mutualTls ? metrics.principal() : null;
    entry.grpcStatus = grpcStatus();
    if (parent != null && entry.traceId == null) {
      entry.traceId = parent.traceId();
    }
    if (flag != ResponseFlag.UPSTREAM_CONNECTION_FAILURE) {
      entry.transportFailure = null;
    }
    entry.transferred(requestBytes, responseBytes);
  }

  private @Nullable String grpcStatus() {
    String seen = grpcStatus;
    return !grpc ? null : seen == null ? "" : seen;
  }

  /** One attempt, with or without a span. */
  private final class AttemptTelemetry implements AttemptObservation {

    private final @Nullable Span span;
    private final String requestId;
    private final HeaderEdits headers;
    private final HeaderEdits introduction;
    private volatile int status;

    AttemptTelemetry(
        @Nullable Span span, String requestId, HeaderEdits headers, HeaderEdits introduction) {
      this.span = span;
      this.requestId = requestId;
      this.headers = headers;
      this.introduction = introduction;
    }

    @Override
    public HeaderEdits requestHeaders() {
      return headers;
    }

    @Override
    public HeaderEdits requestId() {
      return idIsApplications
          ? HeaderEdits.NONE
          : new HeaderEdits(
              List.of(), List.of(new Header(RequestIds.HEADER, requestId)), List.of());
    }

    @Override
    public HeaderEdits introduction() {
      return introduction;
    }

    @Override
    public void responded(int status, HeaderSource headers) {
      this.status = status;
      responseBytes = BodyLength.ofResponse(method, status, headers);
      if (entry != null) {
        entry.responded(headers);
      }
      // There if the response is trailers alone, as errors often are.
      trailers(headers);
    }

    @Override
    public void trailers(HeaderSource trailers) {
      if (entry != null && status != 0) {
        entry.trailers(trailers);
      }
      String code = grpc ? trailers.header("grpc-status") : null;
      if (code != null) {
        grpcStatus = Labels.grpcStatus(code);
      }
    }

    @Override
    public void ended(@Nullable Throwable failure, ResponseFlag flag) {
      if (entry != null && failure != null) {
        entry.transportFailure = failure.getMessage();
      }
      if (span != null) {
        if (entry != null) {
          entry.status = status;
          entry.flags = ResponseFlags.NONE.and(flag);
          entry.ended();
          reporting.tags().end(span, entry);
        }
        SpanFacts.end(span, status, 400, flag, failure);
      }
    }
  }
}
