package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Mesh;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.ResponseRecorder;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A mesh that does what it is told, call after call, and writes down what it is told of attempts.
 */
final class ScriptedMesh implements Mesh {

  /**
   * In order, of all calls since it was last drained: the request, then what becomes of its
   * attempts.
   */
  static final int BODY_LIMIT = 4;

  /** Of the connections that are made from now on. */
  volatile ConnectionOptions limits = ConnectionOptions.NONE;

  private volatile List<String> events = new CopyOnWriteArrayList<>();

  private volatile @Nullable OutboundRequest last;

  /** The request's body as it was to be had when the response came. */
  volatile byte @Nullable [] bodyAtResponse;

  private volatile List<Header> headersAtResponse = List.of();

  private static final PeerTls PEER = new PeerTls("catalog", List.of(), List.of());

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private final MeshTls tls = new ClientTls();
  private final Timer timer = new SystemTimer();
  private final Map<String, Deque<OutboundStep>> scripts = new ConcurrentHashMap<>();
  private final Map<ConnectionKey, ConnectionKey> keys = new ConcurrentHashMap<>();

  /** Servers do, who calls. */
  volatile boolean remembering;

  private volatile @Nullable String failing;

  /** What throws an error from now on; null for nothing. */
  void failing(@Nullable String part) {
    failing = part;
  }

  private void failIf(String part) {
    if (part.equals(failing)) {
      throw new NoClassDefFoundError("dev/weft/engine/Gone");
    }
  }

  /** What to do about the next call to a host. Forgets what was to be done before. */
  void on(String host, OutboundStep... steps) {
    scripts.put(host, new ArrayDeque<>(List.of(steps)));
  }

  /** The host is none of the mesh's any more. */
  void leave(String host) {
    scripts.remove(host);
  }

  OutboundStep.Send send(int port, HeaderEdits edits) {
    return new OutboundStep.Send(new ScriptedAttempt(port, edits, null, CONNECT_TIMEOUT));
  }

  OutboundStep.Send send(int port) {
    return send(port, HeaderEdits.NONE);
  }

  /** Somebody wants the response's body, too. */
  OutboundStep.Send send(int port, ResponseRecorder recorder) {
    ScriptedAttempt attempt = new ScriptedAttempt(port, HeaderEdits.NONE, null, CONNECT_TIMEOUT);
    attempt.recorder = recorder;
    return new OutboundStep.Send(attempt);
  }

  /** The response's headers, as the engine was shown them last. */
  List<Header> headersAtResponse() {
    return headersAtResponse;
  }

  /** Asks for something else than the application. */
  OutboundStep.Send send(int port, String authority, String path) {
    ScriptedAttempt attempt = new ScriptedAttempt(port, HeaderEdits.NONE, null, CONNECT_TIMEOUT);
    attempt.authority = authority;
    attempt.path = path;
    return new OutboundStep.Send(attempt);
  }

  OutboundStep.Send sendSecured(int port) {
    return sendSecured(port, HeaderEdits.NONE);
  }

  OutboundStep.Send sendSecured(int port, HeaderEdits introduction) {
    return new OutboundStep.Send(new ScriptedAttempt(port, introduction, PEER, CONNECT_TIMEOUT));
  }

  OutboundStep.Send send(int port, boolean secured, Duration connectTimeout) {
    return new OutboundStep.Send(
        new ScriptedAttempt(port, HeaderEdits.NONE, secured ? PEER : null, connectTimeout));
  }

  /** As the engine does when an attempt's time is up. */
  static void abort(OutboundStep.Send send) {
    Runnable hook = ((ScriptedAttempt) send.attempt()).abort;
    if (hook != null) {
      hook.run();
    }
  }

  static OutboundStep.Done done() {
    return new OutboundStep.Done(null, HeaderEdits.NONE);
  }

  /** The request for which a call was begun last. */
  OutboundRequest lastRequest() {
    OutboundRequest request = last;
    if (request == null) {
      throw new AssertionError("no call");
    }
    return request;
  }

  @Override
  public boolean forbids(String host, int port) {
    return host.equals("forbidden.test") && port == 443;
  }

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    Deque<OutboundStep> script = scripts.get(request.host());
    if (script == null) {
      return null;
    }
    failIf("outbound");
    last = request;
    List<String> written = events;
    written.add(
        request.method() + " " + request.authority() + request.path() + " " + request.replayable());
    return new OutboundCall() {
      private volatile @Nullable OutboundStep last;
      private volatile boolean cancelled;

      @Override
      public OutboundStep next() {
        failIf("next");
        if (last != null) {
          failIf("nextAgain");
        }
        if (cancelled) {
          return done();
        }
        OutboundStep step = script.size() > 0 ? script.poll() : last;
        last = step;
        if (step instanceof OutboundStep.Send send) {
          ((ScriptedAttempt) send.attempt()).events = written;
        }
        return step == null ? done() : step;
      }

      @Override
      public void cancelled() {
        if (!cancelled) {
          cancelled = true;
          written.add("cancelled");
          if (last instanceof OutboundStep.Wait wait) {
            wait.until().toCompletableFuture().cancel(false);
          }
        }
      }

      @Override
      public @Nullable String routeName() {
        return null;
      }
    };
  }

  @Override
  public InboundCall inbound(InboundRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ListeningPorts listeningPorts() {
    throw new UnsupportedOperationException();
  }

  @Override
  public MeshTls tls() {
    return tls;
  }

  @Override
  public Timer timer() {
    return timer;
  }

  List<String> events() {
    return List.copyOf(events);
  }

  /** What happens to calls that have begun by now is written down, but nowhere to be seen. */
  List<String> drainEvents() {
    List<String> drained = events;
    events = new CopyOnWriteArrayList<>();
    return List.copyOf(drained);
  }

  private final class ClientTls implements MeshTls {

    private final SSLContext client = TestTls.client();

    @Override
    public boolean ready() {
      return true;
    }

    @Override
    public SSLContext clientContext(UpstreamTls peer) {
      failIf("clientContext");
      return client;
    }

    @Override
    public boolean remembersCaller(Socket socket) {
      return remembering;
    }

    @Override
    public SSLEngine serverEngine(List<String> applicationProtocols) {
      throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable String peerId(SSLSession session) {
      throw new UnsupportedOperationException();
    }
  }

  private final class ScriptedAttempt implements Attempt {

    private final Endpoint endpoint;
    private final HeaderEdits edits;
    private final @Nullable PeerTls tls;
    private final Duration connectTimeout;
    private @Nullable String authority;
    private @Nullable String path;
    private @Nullable ResponseRecorder recorder;
    private volatile List<String> events = List.of();
    private volatile @Nullable Runnable abort;

    ScriptedAttempt(int port, HeaderEdits edits, @Nullable PeerTls tls, Duration connectTimeout) {
      this.endpoint =
          new Endpoint(new InetSocketAddress("127.0.0.1", port), false, false, 1, Map.of());
      this.edits = edits;
      this.tls = tls;
      this.connectTimeout = connectTimeout;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public @Nullable PeerTls tls() {
      return tls;
    }

    @Override
    public ConnectionOptions connectionOptions() {
      return limits;
    }

    @Override
    public ConnectionKey connectionKey() {
      failIf("connectionKey");
      return keys.computeIfAbsent(new ConnectionKey(endpoint.address(), tls), key -> key);
    }

    @Override
    public @Nullable String path() {
      return path;
    }

    @Override
    public @Nullable String authority() {
      return authority;
    }

    @Override
    public HeaderEdits requestHeaders(boolean callerKnown) {
      failIf("requestHeaders");
      return tls != null && callerKnown ? HeaderEdits.NONE : edits;
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public Duration connectTimeout() {
      return connectTimeout;
    }

    @Override
    public void onAbort(Runnable hook) {
      failIf("onAbort");
      abort = hook;
    }

    @Override
    public void responded(int status, HeaderSource headers) {
      failIf("responded");
      events.add("responded " + status);
      bodyAtResponse = lastRequest().body(BODY_LIMIT);
      headersAtResponse = headers.headers();
    }

    @Override
    public @Nullable ResponseRecorder recorder() {
      return recorder;
    }

    @Override
    public void trailers(HeaderSource trailers) {}

    @Override
    public void completed() {
      failIf("completed");
      events.add("completed");
    }

    @Override
    public void failed(Failure kind, Throwable cause) {
      failIf("failed");
      events.add("failed " + kind + " " + cause.getClass().getSimpleName());
    }
  }
}
