package dev.weft.remote;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Sends over connections of its own, which it keeps for a while. To each destination go at most
 * eight HTTP requests at a time; more wait, within bounds. Of conversations over TCP there are
 * sixteen at a time in all; others wait, for no longer than they may take. Stages complete on a
 * thread of this client's: what depends on them must not block.
 */
public final class RemoteClient implements AsyncClient, AutoCloseable {

  /**
   * What an answer may have: a key set has some kilobytes, whatever a mirror answers is dropped.
   */
  private static final int MAX_BYTES = 1 << 20;

  private static final int MOST_CONVERSATIONS = 16;

  private final MeshTls tls;
  private final Timer timer;
  private final OwnThreads threads = new OwnThreads();

  /** Each of them blocks a thread. */
  private final AtMost conversations = new AtMost(MOST_CONVERSATIONS, threads);

  private @Nullable HttpConnections http;
  private @Nullable GrpcChannels grpc;
  private boolean closed;

  public RemoteClient(MeshTls tls, Timer timer) {
    this.tls = tls;
    this.timer = timer;
  }

  @Override
  public CompletionStage<Response> send(ConnectionKey to, Request request, Duration timeout) {
    HttpConnections connections = http();
    HttpExchange exchange = new HttpExchange(to, request);
    exchange.undertaking.within(timeout, timer, () -> connections.forget(exchange));
    connections.submit(exchange);
    return exchange.undertaking.outcome();
  }

  @Override
  public CompletionStage<byte[]> unary(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout) {
    return grpc().unary(to, authority, method, metadata, message, timeout);
  }

  @Override
  public CompletionStage<?> converse(
      ConnectionKey to, byte[] send, List<byte[]> receive, Duration timeout) {
    TcpConversation conversation = new TcpConversation(to, send, receive, MAX_BYTES);
    conversation.within(timeout, timer);
    conversations.execute(() -> conversation.hold(new Dialer(tls)));
    return conversation.outcome();
  }

  /** Not before it is needed, and each for itself: they load libraries. */
  private synchronized HttpConnections http() {
    if (http == null) {
      http = new HttpConnections(new Dialer(tls), threads, timer, MAX_BYTES);
      if (closed) {
        http.close();
      }
    }
    return http;
  }

  private synchronized GrpcChannels grpc() {
    if (grpc == null) {
      grpc = new GrpcChannels(new Dialer(tls), threads, timer, MAX_BYTES);
      if (closed) {
        grpc.close();
      }
    }
    return grpc;
  }

  /** Ends what is under way; whatever comes later fails. */
  @Override
  public synchronized void close() {
    closed = true;
    if (http != null) {
      http.close();
    }
    if (grpc != null) {
      grpc.close();
    }
  }
}
