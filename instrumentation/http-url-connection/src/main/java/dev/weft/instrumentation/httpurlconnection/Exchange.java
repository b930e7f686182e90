package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Attachments;
import dev.weft.engine.Mesh;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Pass;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.protocol.http.HttpURLConnection;

/**
 * One request on its way through the mesh, carried by the thread that the application blocks: the
 * JDK asks it to connect, to write and to receive, in this order, and each of these may begin
 * another attempt. Attached to its connection until that is used for the next request; must
 * therefore not refer to it.
 */
final class Exchange {

  private static final Attachments<HttpURLConnection, Exchange> EXCHANGES = new Attachments<>();
  private static final int CONTINUE = 100;

  private final OutboundCall call;
  private final URL url;
  private final int connectTimeout;

  /** Where the attempt that is under way, or the answer, is to be had. */
  private volatile @Nullable Steering steering;

  /** The call's last step, as soon as it is known. */
  private @Nullable OutboundStep decision;

  private boolean written;

  private Exchange(OutboundCall call, URL url, int connectTimeout) {
    this.call = call;
    this.url = url;
    this.connectTimeout = connectTimeout;
  }

  /** Null if the request isn't the mesh's. */
  static @Nullable Exchange begin(
      HttpURLConnection connection, URL url, @Nullable Proxy proxy, int connectTimeout) {
    Exchange before = EXCHANGES.remove(connection);
    if (before != null) {
      before.letGo();
    }
    if (!url.getProtocol().equals("http") || (proxy != null && proxy.type() != Proxy.Type.DIRECT)) {
      return null;
    }
    OutboundCall call = Mesh.current().outbound(new Request(connection, url));
    if (call == null) {
      return null;
    }
    Exchange exchange = new Exchange(call, url, connectTimeout);
    EXCHANGES.put(connection, exchange);
    return exchange;
  }

  static @Nullable Exchange of(HttpURLConnection connection) {
    return EXCHANGES.get(connection);
  }

  boolean decided() {
    return decision != null;
  }

  /** The application is done with it. */
  void letGo() {
    Sending sending = sending();
    if (sending != null) {
      sending.letGo();
    }
  }

  /**
   * Opens a connection to write to.
   *
   * @throws IOException the JDK's own, of the last attempt
   */
  HttpClient connect(HttpURLConnection connection, @Nullable Proxy proxy, boolean useCache)
      throws IOException {
    HttpClient client = next(connection, proxy, useCache, null);
    if (client != null) {
      return client;
    }
    if (decision instanceof Pass) {
      return Jdk.newClient(connection, url, proxy, connectTimeout, useCache);
    }
    throw new IOException("the call was cancelled");
  }

  /**
   * Writes the request, and again where the call says if that fails.
   *
   * @throws IOException the JDK's own, of the attempt that decided the call
   */
  void write(HttpURLConnection connection) throws IOException {
    written = true;
    while (true) {
      IOException failure = null;
      Steering before = Steering.enter(steering);
      try {
        Jdk.write(connection);
      } catch (IOException e) {
        failure = e;
      } finally {
        Steering.leave(before);
      }
      if (failure == null) {
        return;
      }
      Sending sending = sending();
      if (sending == null || decided()) {
        throw failure;
      }
      sending.failed(kind(failure, connection), failure);
      if (!useNext(connection, failure)) {
        throw failure;
      }
    }
  }

  /**
   * Reads a response's head, and writes again and reads where the call says, until there is one for
   * the application.
   *
   * @param expecting an interim response will do: then the body will be written
   * @throws IOException the JDK's own, of the attempt that decided the call
   */
  boolean receive(
      HttpClient client, HttpURLConnection connection, @Nullable Object progress, boolean expecting)
      throws IOException {
    HttpClient carrier = client;
    while (true) {
      boolean parsed = false;
      IOException failure = null;
      Steering before = Steering.enter(steering);
      try {
        parsed = Jdk.parse(carrier, Jdk.responses(connection), connection, progress);
      } catch (IOException e) {
        failure = e;
      } finally {
        Steering.leave(before);
      }
      Sending sending = sending();
      MessageHeader head = Jdk.responses(connection);
      if (sending == null || (expecting && isInterim(head, failure))) {
        if (failure != null) {
          throw failure;
        }
        return parsed;
      }
      if (failure == null) {
        sending.responded(Heads.status(head), name -> Request.header(head, name));
      } else {
        sending.failed(kind(failure, connection), failure);
      }
      if (!useNext(connection, failure)) {
        if (decision instanceof Done done) {
          Heads.edit(head, done.responseHeaders());
        }
        return parsed;
      }
      write(connection);
      carrier = Objects.requireNonNull(Jdk.client(connection));
    }
  }

  /** The JDK waits for a while, and sends the body regardless. */
  private static boolean isInterim(MessageHeader head, @Nullable IOException failure) {
    return failure == null
        ? Heads.status(head) == CONTINUE
        : failure instanceof SocketTimeoutException;
  }

  /**
   * The JDK sends a request again by itself, on a new connection, when a kept one turned out dead:
   * it may fail to connect here too. It doesn't for a streamed request, so that has been sent
   * whatever the failure says. The application's own read timeout is not the mesh's to retry.
   */
  private static Failure kind(IOException failure, HttpURLConnection connection) {
    if (failure instanceof SocketTimeoutException) {
      return Failure.ABORTED;
    }
    boolean connecting =
        failure instanceof ConnectException || failure instanceof SSLHandshakeException;
    return connecting && !connection.streaming() ? Failure.CONNECT : Failure.RESET;
  }

  /**
   * Has the connection use what is to be written to next.
   *
   * @return false if the call is decided
   */
  private boolean useNext(HttpURLConnection connection, @Nullable IOException failure)
      throws IOException {
    HttpClient client = next(connection, null, true, failure);
    if (client == null) {
      return false;
    }
    Jdk.use(connection, client);
    return true;
  }

  /**
   * Does what the call says until there is a connection to write to.
   *
   * @param failure of the attempt before
   * @return null if the call is decided and there is no failure
   * @throws IOException the last failure
   */
  private @Nullable HttpClient next(
      HttpURLConnection connection,
      @Nullable Proxy proxy,
      boolean useCache,
      @Nullable IOException failure)
      throws IOException {
    IOException last = failure;
    while (true) {
      OutboundStep step = call.next();
      if (step instanceof Wait wait) {
        await(wait.until());
      } else if (step instanceof Send send) {
        Sending sending = new Sending(call, send.attempt(), connection);
        if (written && connection.streaming()) {
          sending.letGo(); // its body is gone
          continue;
        }
        close(connection);
        try {
          return open(new Steering(sending, null), connection, proxy, useCache);
        } catch (IOException e) {
          sending.failed(Failure.CONNECT, e);
          last = e;
        }
      } else {
        decision = step;
        if (step instanceof Respond respond) {
          close(connection);
          return open(new Steering(null, respond.answer()), connection, proxy, false);
        }
        if (last != null) {
          throw last;
        }
        return null;
      }
    }
  }

  /** What was written to before is of no use any more. */
  private void close(HttpURLConnection connection) {
    HttpClient client = written ? Jdk.client(connection) : null;
    if (client != null) {
      client.closeServer();
    }
  }

  private HttpClient open(
      Steering towards, HttpURLConnection connection, @Nullable Proxy proxy, boolean useCache)
      throws IOException {
    steering = towards;
    Steering before = Steering.enter(towards);
    try {
      return Jdk.newClient(connection, url, proxy, connectTimeout, useCache);
    } finally {
      Steering.leave(before);
    }
  }

  private @Nullable Sending sending() {
    Steering towards = steering;
    return towards == null ? null : towards.sending();
  }

  /** As uninterruptible as the JDK's own blocking in this class. */
  private static void await(CompletionStage<?> stage) {
    boolean interrupted = false;
    while (true) {
      try {
        stage.toCompletableFuture().get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        break; // how it ends does not matter
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
