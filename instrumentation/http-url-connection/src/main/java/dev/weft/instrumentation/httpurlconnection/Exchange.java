package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.engine.Attachments;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.http.PosterOutputStream;
import sun.net.www.protocol.http.HttpURLConnection;

/**
 * One request on its way through the mesh, carried by the thread that the application blocks.
 * Attached to its connection from the moment it connects until it is decided or the connection is
 * used for the next request; must therefore not refer to it.
 */
final class Exchange {

  private static final Attachments<HttpURLConnection, Exchange> EXCHANGES = new Attachments<>();
  private static final Attachments<HttpClient, Sending> SENDINGS = new Attachments<>();

  private final OutboundCall call;
  private final URL url;
  private final int connectTimeout;
  private @Nullable Steering steering;
  private boolean decided;
  private @Nullable MessageHeader requests;
  private @Nullable PosterOutputStream body;
  private boolean streaming;

  private Exchange(OutboundCall call, URL url, int connectTimeout) {
    this.call = call;
    this.url = url;
    this.connectTimeout = connectTimeout;
  }

  /** Null if the request isn't the mesh's. */
  static @Nullable Exchange begin(
      HttpURLConnection connection, URL url, @Nullable Proxy proxy, int connectTimeout) {
    EXCHANGES.remove(connection);
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

  static @Nullable Sending sendingOf(HttpClient client) {
    return SENDINGS.get(client);
  }

  static @Nullable Sending endSendingOf(HttpClient client) {
    return SENDINGS.remove(client);
  }

  boolean decided() {
    return decided;
  }

  @Nullable Steering steering() {
    return steering;
  }

  /** The application's input stream was closed: nothing more is wanted. */
  void streamClosed() {
    Sending sending = sending();
    if (sending != null) {
      sending.completed();
    }
  }

  /**
   * Does what the call says until there is a connection to write to.
   *
   * @throws IOException the JDK's own, of the last attempt
   */
  HttpClient connect(HttpURLConnection connection, @Nullable Proxy proxy, boolean useCache)
      throws IOException {
    IOException failure = null;
    while (true) {
      OutboundStep step = call.next();
      if (step instanceof Send send) {
        Sending sending = new Sending(send.attempt());
        try {
          return take(new Steering(sending, null), connection, proxy, useCache);
        } catch (IOException e) {
          sending.failed(Failure.CONNECT, e);
          failure = e;
        }
      } else if (step instanceof Wait wait) {
        await(wait.until());
      } else if (step instanceof Respond respond) {
        return answer(connection, proxy, respond.answer());
      } else if (step instanceof Done) {
        decided = true;
        throw failure == null ? new IOException("the call was cancelled") : failure;
      } else {
        decided = true;
        return Jdk.newClient(connection, url, proxy, connectTimeout, useCache);
      }
    }
  }

  private HttpClient take(
      Steering towards, HttpURLConnection connection, @Nullable Proxy proxy, boolean useCache)
      throws IOException {
    steering = towards;
    Steering before = Steering.enter(towards);
    try {
      HttpClient client = Jdk.newClient(connection, url, proxy, connectTimeout, useCache);
      Sending sending = towards.sending();
      if (sending != null) {
        SENDINGS.put(client, sending);
        var socket = Jdk.socket(client);
        if (socket != null) {
          sending.carriedBy(socket);
        }
      }
      return client;
    } finally {
      Steering.leave(before);
    }
  }

  private HttpClient answer(HttpURLConnection connection, @Nullable Proxy proxy, Answer answer)
      throws IOException {
    decided = true;
    return take(new Steering(null, answer), connection, proxy, false);
  }

  /** Writes the request with the mesh's edits; the application's own view of it stays as it is. */
  void write(
      HttpClient client, MessageHeader head, @Nullable PosterOutputStream poster, boolean streamed)
      throws IOException {
    requests = head;
    body = poster;
    streaming = streamed;
    Sending sending = sending();
    client.writeRequests(
        sending == null ? head : edited(head, sending.attempt().requestHeaders()),
        poster,
        streamed);
  }

  /**
   * Reads a response's head, and retries as the call says, until there is one for the application.
   *
   * @throws IOException the JDK's own, of the attempt that decided the call
   */
  boolean receive(
      HttpClient client,
      MessageHeader responses,
      HttpURLConnection connection,
      @Nullable Object progress)
      throws IOException {
    HttpClient carrier = client;
    while (true) {
      boolean parsed = false;
      IOException failure = null;
      Sending sending = sending();
      Steering before = Steering.enter(steering);
      try {
        parsed = Jdk.parse(carrier, responses, connection, progress);
      } catch (IOException e) {
        failure = e;
      } finally {
        Steering.leave(before);
      }
      if (sending == null) {
        if (failure != null) {
          throw failure;
        }
        return parsed;
      }
      if (failure == null) {
        sending.responded(status(responses), name -> Request.header(responses, name));
      } else {
        sending.failed(kind(failure), failure);
      }
      HttpClient next = decide(carrier, responses, connection, failure);
      if (next == null) {
        return parsed;
      }
      carrier = next;
    }
  }

  /**
   * The JDK sends a request again by itself, on a new connection, when a kept one turned out dead:
   * it may fail to connect here too. The application's own read timeout is not the mesh's to retry.
   */
  private static Failure kind(IOException failure) {
    if (failure instanceof SocketTimeoutException) {
      return Failure.ABORTED;
    }
    return failure instanceof ConnectException || failure instanceof SSLHandshakeException
        ? Failure.CONNECT
        : Failure.RESET;
  }

  /** Null if the response that was read is the application's; else where to read the next one. */
  private @Nullable HttpClient decide(
      HttpClient client,
      MessageHeader responses,
      HttpURLConnection connection,
      @Nullable IOException failure)
      throws IOException {
    IOException last = failure;
    while (true) {
      OutboundStep step = call.next();
      if (step instanceof Send send) {
        client.closeServer();
        Sending sending = new Sending(send.attempt());
        try {
          return again(
              take(new Steering(sending, null), connection, null, true), responses, connection);
        } catch (IOException e) {
          sending.failed(Failure.CONNECT, e);
          last = e;
        }
      } else if (step instanceof Wait wait) {
        await(wait.until());
      } else if (step instanceof Respond respond) {
        client.closeServer();
        return again(answer(connection, null, respond.answer()), responses, connection);
      } else {
        decided = true;
        if (last != null) {
          throw last;
        }
        if (step instanceof Done done) {
          edit(responses, done.responseHeaders());
        }
        return null;
      }
    }
  }

  private HttpClient again(HttpClient client, MessageHeader responses, HttpURLConnection connection)
      throws IOException {
    client.setReadTimeout(connection.getReadTimeout());
    Jdk.setHttp(connection, client);
    responses.reset();
    if (requests != null) {
      write(client, requests, body, streaming);
    }
    return client;
  }

  private @Nullable Sending sending() {
    return steering == null ? null : steering.sending();
  }

  private static int status(MessageHeader responses) {
    String line = responses.getValue(0);
    int space = line == null ? -1 : line.indexOf(' ');
    if (line == null || space < 0 || line.length() < space + 4) {
      return 0;
    }
    try {
      return Integer.parseInt(line, space + 1, space + 4, 10);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static MessageHeader edited(MessageHeader head, HeaderEdits edits) {
    if (edits.isEmpty()) {
      return head;
    }
    MessageHeader copy = new MessageHeader();
    for (int i = 0; head.getKey(i) != null || head.getValue(i) != null; i++) {
      copy.add(head.getKey(i), head.getValue(i));
    }
    edit(copy, edits);
    return copy;
  }

  private static void edit(MessageHeader headers, HeaderEdits edits) {
    edits.remove().forEach(headers::remove);
    for (Header header : edits.set()) {
      headers.remove(header.name());
      headers.add(header.name(), header.value());
    }
    for (Header header : edits.add()) {
      headers.add(header.name(), header.value());
    }
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
