package dev.weft.telemetry;

import dev.weft.engine.Deadline;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.TraceContext;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.telemetry.Caller.Outcome;
import dev.weft.telemetry.accesslog.Headers;
import dev.weft.telemetry.accesslog.LogEntry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import org.jspecify.annotations.Nullable;

/** One inbound request. What it says is read at once: it is the server's to recycle. */
final class InboundTelemetry implements InboundObservation {

  /** Begins the prefixes of Istio's dry runs; {@code allow_} or {@code deny_} ends them. */
  private static final String DRY_RUN = "istio_dry_run_";

  private final RequestMetrics metrics;
  private final Reporting reporting;
  private final long started = System.nanoTime();
  private final @Nullable LogEntry entry;
  private final Caller caller;
  private final boolean grpc;
  private final @Nullable Span span;
  private final RequestContext context;
  private final String method;

  /** Of the bodies, bytes; -1 if not known. */
  private volatile long received;

  private volatile long sent = -1;
  private volatile @Nullable String details;
  private volatile boolean bodyless;

  InboundTelemetry(
      InboundRequest request,
      RequestMetrics metrics,
      KnownPeers peers,
      @Nullable Spans spans,
      Reporting reporting) {
    this.metrics = metrics;
    this.reporting = reporting;
    Headers headers = reporting.headers();
    entry = headers == null ? null : entry(headers, request);
    method = request.method();
    received = request.number("content-length");
    caller = peers.of(request, started);
    String contentType = request.header("content-type");
    grpc = contentType != null && contentType.startsWith("application/grpc");
    String id = RequestIds.of(request);
    String requestId = id == null ? RequestIds.random() : id;
    TraceContext parent = TraceHeaders.read(request);
    span =
        spans == null
            ? null
            : spans.start(SpanKind.SERVER, SpanFacts.name(method), parent, requestId);
    if (spans != null && span != null && parent == null) {
      requestId = spans.told(SpanKind.SERVER, span, requestId);
    }
    if (entry != null) {
      entry.requestId = requestId;
    }
    if (span != null && span.isRecording()) {
      describe(span, request);
      span.setAttribute(SpanFacts.REQUEST_ID, requestId);
      reporting.tags().put(span, reporting.tags().read(request));
    }
    TraceContext trace = span == null ? parent : Spans.contextOf(span, parent);
    metrics.begun();
    context = new RequestContext(trace, Deadline.NONE, requestId);
  }

  private void describe(Span span, InboundRequest request) {
    SpanFacts.method(span, method);
    String path = request.path();
    int query = path.indexOf('?');
    span.setAttribute(
        SpanFacts.PATH, reporting.bounded(query < 0 ? path : path.substring(0, query)));
    if (query >= 0) {
      span.setAttribute(SpanFacts.QUERY, reporting.bounded(path.substring(query + 1)));
    }
    span.setAttribute(SpanFacts.SCHEME, "http");
    span.setAttribute(SpanFacts.SERVER_ADDRESS, hostOf(request.authority()));
    span.setAttribute(SpanFacts.SERVER_PORT, request.localAddress().getPort());
    span.setAttribute(SpanFacts.PEER_ADDRESS, request.remoteAddress().getHostString());
    span.setAttribute(SpanFacts.PEER_PORT, request.remoteAddress().getPort());
    String protocol = request.protocol();
    span.setAttribute(SpanFacts.PROTOCOL_VERSION, protocol.substring(protocol.indexOf('/') + 1));
    String userAgent = request.header("user-agent");
    if (userAgent != null) {
      span.setAttribute(SpanFacts.USER_AGENT, userAgent);
    }
    String peer = request.peerId();
    if (peer != null) {
      span.setAttribute(SpanFacts.PRINCIPAL, peer);
    }
    span.setAttribute(SpanFacts.SECURITY, Labels.security(peer != null));
  }

  /** Without the port; an IPv6 literal keeps its brackets. */
  private static String hostOf(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon < 0 || authority.endsWith("]") ? authority : authority.substring(0, colon);
  }

  @Override
  public RequestContext context() {
    return context;
  }

  @Override
  public void ended(
      int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {
    long duration = System.nanoTime() - started;
    if (entry != null) {
      complete(entry, status, flag, policy, failure);
    }
    if (span != null) {
      if (entry != null) {
        reporting.tags().end(span, entry);
      }
      if (policy != null) {
        span.setAttribute(SpanFacts.POLICY, policy);
      }
      SpanFacts.end(span, status, 500, flag, failure);
    }
    metrics.inbound(
        caller,
        new Outcome(
            status,
            grpc,
            flag,
            policy,
            caller.principal != null && metrics.principal() != null,
            metrics.ofRequest(entry)),
        duration,
        received,
        sent);
    if (reporting.logs() != null && entry != null) {
      reporting.logs().log(entry);
    }
  }

  @Override
  public void detailed(String details) {
    this.details = details;
  }

  private static LogEntry entry(Headers headers, InboundRequest request) {
    LogEntry entry =
        new LogEntry(
            headers,
            true,
            request.method(),
            request.path(),
            request.authority(),
            request.protocol(),
            request);
    entry.remote = request.remoteAddress();
    entry.local = request.localAddress();
    entry.upstream = entry.local;
    entry.serverName = request.serverName().isEmpty() ? null : request.serverName();
    entry.peer = request.peerId();
    entry.mutualTls = entry.peer != null;
    // As Istio calls them.
    entry.route = "default";
    entry.cluster = "inbound|" + entry.local.getPort() + "||";
    return entry;
  }

  private void complete(
      LogEntry entry,
      int status,
      ResponseFlag flag,
      @Nullable String policy,
      @Nullable Throwable failure) {
    entry.ended();
    entry.status = status;
    entry.flags = ResponseFlags.NONE.and(flag);
    entry.policy = policy;
    entry.details = details == null ? Details.inbound(policy, flag, failure) : details;
    entry.own = entry.mutualTls ? metrics.principal() : null;
    entry.attempts = policy == null && details == null ? 1 : 0;
    entry.transferred(received, sent);
    if (span != null) {
      entry.traceId = span.getSpanContext().getTraceId();
      entry.spanId = span.getSpanContext().getSpanId();
    }
  }

  @Override
  public void responded(int status, HeaderSource headers) {
    bodyless = BodyLength.isEmpty(method, status);
    sent = BodyLength.ofResponse(method, status, headers);
    if (entry != null) {
      entry.responded(headers);
    }
  }

  /** A file that the server has the system send isn't counted, but has a length. */
  @Override
  public void transferred(long received, long sent) {
    this.received = received;
    this.sent = bodyless ? 0 : sent > 0 || this.sent < 0 ? sent : this.sent;
  }

  @Override
  public void audited(String policy) {
    metrics.audited(policy);
    if (span != null) {
      span.setAttribute(SpanFacts.AUDITED, policy);
    }
  }

  /** Other shadow rules than Istio's dry runs tell filters something, not people. */
  @Override
  public void shadowed(String prefix, boolean granted, @Nullable String policy) {
    if (prefix.startsWith(DRY_RUN)) {
      String action = prefix.substring(DRY_RUN.length()).replace("_", "");
      metrics.dryRun(action, granted, policy);
      if (span != null && !granted) {
        span.setAttribute(SpanFacts.DRY_RUN, policy == null ? "none" : policy);
      }
    }
  }
}
