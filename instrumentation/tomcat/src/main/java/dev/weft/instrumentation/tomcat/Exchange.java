package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.InboundStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, from when Tomcat hands it to the application until it has ended. It
 * is kept as a note on Tomcat's request, so that it is found on whatever thread works for it.
 * Tomcat lets one thread at a time do so.
 */
final class Exchange implements InboundRequest {

  /** Tomcat's own notes are below 16; the last is 31. */
  static final int NOTE = 27;

  /** For an answer, and for all that is read of a body: threads are few. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  private static final Answer TOO_SLOW =
      new Answer(408, List.of(), "request timeout", ResponseFlag.NONE);
  private static final Answer TOO_MANY =
      new Answer(503, List.of(), "too many bodies are being read", ResponseFlag.NONE);

  private static final int MOST_READING = 100;

  /** Threads that read bodies, of all ports. */
  private static final AtomicInteger reading = new AtomicInteger();

  private static final String SENDFILE = "org.apache.tomcat.sendfile.filename";

  private final Request request;
  private final SocketWrapperBase<?> connection;
  private final @Nullable ProvenPeer peer;
  private final InetSocketAddress remoteAddress;
  private final InetSocketAddress localAddress;

  /** Kept, for it is asked for more than once, and after Tomcat has recycled the request too. */
  private @Nullable String path;

  /** What has been read of it to judge the request; null: nothing. */
  private @Nullable ReplayedBody body;

  private @Nullable InboundCall call;
  private @Nullable RequestContext contextBefore;
  private boolean entered;
  private volatile boolean sent;

  private Exchange(Request request, SocketWrapperBase<?> connection) throws IOException {
    this.request = request;
    this.connection = connection;
    Object channel = connection.getSocket();
    this.peer = channel instanceof MeshTlsChannel tls ? tls.peerOf(connection) : null;
    this.remoteAddress = Addresses.remote(connection);
    this.localAddress = Addresses.local(connection);
    if (connection.getSocket() != channel) {
      // Closed meanwhile, so that these may be another connection's.
      throw new ClosedChannelException();
    }
  }

  static @Nullable Exchange of(Request request) {
    return request.getNote(NOTE) instanceof Exchange exchange ? exchange : null;
  }

  static Exchange begin(Request request) throws IOException {
    SocketWrapperBase<?> connection = TomcatInternals.connection(request);
    if (connection == null) {
      throw new IllegalStateException("a request without a connection");
    }
    Exchange exchange = new Exchange(request, connection);
    request.setNote(NOTE, exchange);
    return exchange;
  }

  /**
   * Has the request judged, and answers it if it is refused.
   *
   * @return whether the application is to have it, in whose name this thread works from now on
   */
  boolean judge(Response response) throws InterruptedException {
    try {
      return mayPass(response);
    } catch (IOException e) {
      // It is its client's fault, or of whoever hasn't said what to do: no defect of ours.
      response.action(ActionCode.CLOSE_NOW, e);
      conclude(e);
      return false;
    }
  }

  private boolean mayPass(Response response) throws IOException, InterruptedException {
    if (peer != null && isPastItsCertificate(peer)) {
      throw new IOException("the peer's certificate ended before its request");
    }
    InboundCall call = Mesh.current().inbound(this);
    this.call = call;
    InboundStep step = call.next();
    // On one of the threads that Tomcat has for blocking applications, never one that serves
    // others.
    while (step instanceof InboundStep.Wait || step instanceof InboundStep.Buffer) {
      if (step instanceof InboundStep.Wait wait) {
        await(wait.until());
      } else {
        Answer refusal = buffer(call, ((InboundStep.Buffer) step).atLeast());
        if (refusal != null) {
          refuse(response, refusal);
          // Nor is the rest of it waited for.
          response.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
          return false;
        }
      }
      step = call.next();
    }
    if (step instanceof InboundStep.Refuse refusal) {
      refuse(response, refusal.answer());
      return false;
    }
    InboundStep.Proceed proceed = (InboundStep.Proceed) step;
    Headers.edit(request.getMimeHeaders(), proceed.requestHeaders());
    if (proceed.query() != null) {
      request.queryString().recycle();
      if (!proceed.query().isEmpty()) {
        request.queryString().setString(proceed.query());
      }
    }
    hideTls();
    if (body != null) {
      body.offer();
    }
    enter();
    return true;
  }

  /**
   * Those whose bodies are slow get half of the threads at most, so that others are served.
   *
   * @return what to answer instead; null: nothing
   */
  private @Nullable Answer buffer(InboundCall call, long atLeast) throws IOException {
    ReplayedBody body = this.body;
    if (body == null) {
      body = new ReplayedBody(request);
      this.body = body;
    }
    int threads = TomcatInternals.endpoint(connection).getMaxThreads();
    // Less than none: they are an executor's that doesn't say.
    int most = threads < 0 ? MOST_READING : Math.max(1, threads / 2);
    try {
      if (reading.incrementAndGet() > most) {
        return TOO_MANY;
      }
      call.buffered(body.read(atLeast));
      return null;
    } catch (TimeoutException e) {
      return TOO_SLOW;
    } finally {
      reading.decrementAndGet();
    }
  }

  /**
   * Before that the connection's next response says that it is the last one, as for a client that
   * has sent enough requests. HTTP/2 has no such word from a server that Tomcat would say for us:
   * such a connection lives on, as Envoy's do.
   */
  private boolean isPastItsCertificate(ProvenPeer proven) {
    long now = System.currentTimeMillis();
    if (!proven.isEnding(now) || request.protocol().equals("HTTP/2.0")) {
      return false;
    }
    connection.setKeepAliveLeft(1);
    return proven.hasExpired(now);
  }

  /** Whoever made the stage bounds it; this is for who didn't: the connection is closed. */
  private static void await(CompletionStage<?> stage) throws InterruptedException, IOException {
    try {
      stage.toCompletableFuture().get(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException("nobody has said whether the request may pass", e);
    } catch (ExecutionException e) {
      // What to make of that is for the next step to say.
    }
  }

  private static void refuse(Response response, Answer answer) throws IOException {
    byte[] body = answer.content();
    response.setStatus(answer.status());
    if (body.length > 0) {
      response.setContentType("text/plain");
    }
    response.setContentLength(body.length);
    for (Header header : answer.headers()) {
      response.addHeader(header.name(), header.value());
    }
    if (body.length > 0) {
      response.doWrite(ByteBuffer.wrap(body));
    }
    response.action(ActionCode.CLOSE, null);
  }

  /**
   * HTTP/2 requests name a scheme, which Tomcat believes: it is "https" if the client's library
   * knows of the TLS. Without it the connector's own is taken.
   */
  private void hideTls() {
    if (connection.getSocket() instanceof MeshTlsChannel tls
        && !tls.connectorHasTls()
        && request.scheme().equals("https")) {
      request.scheme().recycle();
    }
  }

  /** This thread begins to work for the request. */
  void enter() {
    if (call != null && !entered) {
      contextBefore = RequestContext.swap(call.context());
      entered = true;
    }
  }

  /** This thread's work for the request is over, for now or for ever. */
  void leave() {
    if (entered) {
      entered = false;
      RequestContext.swap(contextBefore);
      contextBefore = null;
    }
  }

  /**
   * The application is done with a synchronous request. Over HTTP/2 a file may be sent from then on
   * by completion handlers that tell nobody of the end, so that it is taken to end here.
   */
  void served() {
    if (request.protocol().equals("HTTP/2.0") && request.getAttribute(SENDFILE) != null) {
      AtomicBoolean asynchronous = new AtomicBoolean();
      request.action(ActionCode.ASYNC_IS_ASYNC, asynchronous);
      if (!asynchronous.get()) {
        end();
      }
    }
  }

  /** The response's head is about to be written. */
  void responded() {
    if (call != null) {
      Response response = request.getResponse();
      HeaderEdits edits =
          call.responded(response.getStatus(), name -> Headers.ofResponse(response, name));
      Headers.edit(response.getMimeHeaders(), edits);
    }
  }

  /** The response is all sent; only HTTP/2 tells. */
  void sent() {
    sent = true;
  }

  /** Nothing more will be done about the request. */
  void end() {
    Response response = request.getResponse();
    AtomicBoolean connected = new AtomicBoolean();
    response.action(ActionCode.IS_IO_ALLOWED, connected);
    if (response.isCommitted() && connected.get()) {
      sent();
    }
    conclude(response.getErrorException());
  }

  /** Tomcat is through with the request without having ended it. */
  void breakOff() {
    conclude(null);
  }

  /**
   * @param cause why it broke off, if it did and that is known
   */
  private void conclude(@Nullable Throwable cause) {
    InboundCall call = detach();
    if (call == null) {
      return;
    }
    call.transferred(request.getBytesRead(), request.getResponse().getContentWritten());
    if (sent) {
      call.completed();
    } else {
      call.failed(
          cause != null ? cause : new IOException("closed before the response was complete"));
    }
  }

  private @Nullable InboundCall detach() {
    request.setNote(NOTE, null);
    if (body != null) {
      body.withdraw();
      body = null;
    }
    InboundCall call = this.call;
    this.call = null;
    return call;
  }

  @Override
  public List<String> headerNames() {
    return Headers.names(request.getMimeHeaders());
  }

  @Override
  public @Nullable String header(String name) {
    return Headers.joined(request.getMimeHeaders(), name);
  }

  @Override
  @SuppressWarnings("deprecation") // its successor isn't there in most versions of Tomcat
  public String method() {
    return text(request.method().toString());
  }

  @Override
  public String path() {
    String path = this.path;
    if (path == null) {
      String uri = text(request.requestURI().toString());
      path = request.queryString().isNull() ? uri : uri + '?' + request.queryString();
      this.path = path;
    }
    return path;
  }

  @Override
  public String authority() {
    String host = header("host");
    if (host != null) {
      return host;
    }
    // HTTP/2: Tomcat has taken :authority apart.
    String name = text(request.serverName().toString());
    int port = request.getServerPort();
    return port <= 0 || port == 80 || port == 443 ? name : name + ':' + port;
  }

  @Override
  public String protocol() {
    String protocol = text(request.protocol().toString());
    return protocol.equals("HTTP/2.0") ? "HTTP/2" : protocol;
  }

  @Override
  public @Nullable ConnectedPeer peer() {
    return peer == null ? null : peer.who();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
