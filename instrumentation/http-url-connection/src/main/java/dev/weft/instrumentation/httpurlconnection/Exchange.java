package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Attachments;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Pass;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.outbound.ResponseRecorder;
import dev.weft.instrumentation.api.AdviceFailures;
import dev.weft.instrumentation.api.WovenTypes;
import java.io.IOException;
import java.net.Proxy;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.protocol.http.HttpURLConnection;

/**
 * One request on its way through the mesh, carried by the thread that the application blocks: the
 * JDK asks it to connect, to write and to receive, in this order, and each of these may begin
 * another attempt. Attached to its connection until the response was read, or that is used for the
 * next request; must therefore not refer to it.
 */
final class Exchange {

  /** An application may drop its connection without a word; that lets go of the exchange too. */
  private static final Attachments<HttpURLConnection, Exchange> EXCHANGES =
      new Attachments<>(Exchange::letGo);

  /** RFC 9110 §9.2.2. */
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  private static final int CONTINUE = 100;

  private static volatile boolean anyRecorded;

  private final OutboundCall call;
  private final URL url;
  private final int connectTimeout;

  /** For making connections, all together. */
  private final Allowance connecting;

  /**
   * For waiting and, once the request was handed over, for whatever is done until it is answered.
   */
  private final Allowance reading;

  /** Where the attempt that is under way, or the answer, is to be had. */
  private volatile @Nullable Steering steering;

  /** The call's last step, as soon as it is known. */
  private volatile @Nullable OutboundStep decision;

  /** Who else wants the response's body. */
  private volatile @Nullable ResponseRecorder recorder;

  private boolean written;

  /** The call said where to send the request: by no other way may it leave. */
  private boolean attempted;

  /** The engine failed us, and isn't asked any more. */
  private boolean engineLost;

  private Runnable detach = () -> {};

  /**
   * A request that is steered must meet the mesh's TLS too: it is all of this module or nothing.
   */
  private static final class Whole {
    static final boolean WOVEN = WovenTypes.containsAll("http-url-connection", null);
  }

  private Exchange(OutboundCall call, URL url, int connectTimeout, int readTimeout) {
    this.call = call;
    this.url = url;
    this.connectTimeout = connectTimeout;
    connecting = new Allowance(Jdk.connectTimeout(connectTimeout));
    reading = new Allowance(readTimeout);
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
    if (!Whole.WOVEN) {
      return null;
    }
    OutboundCall call = Mesh.current().outbound(new Request(connection, url));
    if (call == null) {
      return null;
    }
    Exchange exchange = new Exchange(call, url, connectTimeout, Jdk.readTimeout(connection));
    exchange.detach = EXCHANGES.put(connection, exchange);
    return exchange;
  }

  /** Whether the mesh doesn't let the application speak TLS of its own with the host. */
  static boolean isForbidden(URL url, @Nullable Proxy proxy) {
    return url.getProtocol().equals("https")
        && (proxy == null || proxy.type() == Proxy.Type.DIRECT)
        && Mesh.current()
            .forbids(Request.host(url), url.getPort() == -1 ? url.getDefaultPort() : url.getPort());
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
      tell(sending::letGo);
    }
    if (decided()) {
      detach.run();
    }
  }

  /** Nothing more is to be tried, whoever waits for it. */
  void disconnected() {
    letGo();
    if (!decided()) {
      call.cancelled();
    }
  }

  /** A body broke off. An application that only waited too long may wait for it again. */
  void bodyFailed(IOException failure) {
    Sending sending = sending();
    if (sending != null && !(failure instanceof SocketTimeoutException)) {
      sending.failed(Failure.RESET, failure);
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
    if (attempted && engineLost) {
      throw new IOException("Weft failed to carry out the call");
    }
    if (decision instanceof Pass) {
      return Steering.without(
          () -> Jdk.newClient(connection, url, proxy, connectTimeout, useCache));
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
      report(failure, sending, connection);
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
      boolean hurried = !expecting && reading.isBegun();
      if (hurried) {
        carrier.setReadTimeout(reading.leftMillis());
      }
      long began = System.nanoTime();
      Steering before = Steering.enter(steering);
      try {
        parsed = Jdk.parse(carrier, Jdk.responses(connection), connection, progress);
      } catch (IOException e) {
        failure = e;
      } finally {
        Steering.leave(before);
      }
      if (hurried) {
        carrier.setReadTimeout(Jdk.readTimeout(connection));
      }
      Sending sending = sending();
      MessageHeader head = Jdk.responses(connection);
      if (sending == null || (expecting && isInterim(head, failure))) {
        if (failure != null) {
          throw failure;
        }
        return parsed;
      }
      reading.spendSince(began);
      if (failure == null) {
        tell(() -> sending.responded(Heads.status(head), new Heads.Source(head)));
      } else {
        report(failure, sending, connection);
      }
      if (!useNext(connection, failure)) {
        if (Jdk.client(connection) == null) {
          throw new SocketException("Socket closed"); // meanwhile, by the application
        }
        if (decision instanceof Done done) {
          record(sending);
          Heads.edit(head, done.responseHeaders());
        }
        return parsed;
      }
      write(connection);
      carrier = Objects.requireNonNull(Jdk.client(connection));
    }
  }

  private void record(Sending sending) {
    tell(
        () -> {
          ResponseRecorder wanted = sending.attempt().recorder();
          if (wanted != null) {
            recorder = wanted;
            anyRecorded = true;
          }
        });
  }

  /** Whether there may be somebody who wants to know what is read of bodies. */
  static boolean anyRecorded() {
    return anyRecorded;
  }

  /** The application read some of the response's body. */
  void bodyRead(byte[] buffer, int offset, int count) {
    ResponseRecorder recording = recorder;
    if (recording != null) {
      recording.write(ByteBuffer.wrap(buffer, offset, count));
    }
  }

  /** It read the body to its end. */
  void bodyEnded() {
    ResponseRecorder recording = recorder;
    recorder = null;
    if (recording != null) {
      recording.end();
    }
    letGo();
  }

  /** It will read a part of the body again. */
  void bodyReset() {
    ResponseRecorder recording = recorder;
    if (recording != null) {
      recording.giveUp();
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
   * whatever the failure says.
   *
   * @throws SocketTimeoutException the application's own time is up, so nothing more is tried
   */
  private void report(IOException failure, Sending sending, HttpURLConnection connection)
      throws SocketTimeoutException {
    if (failure instanceof SocketTimeoutException timeout && reading.isSpent()) {
      throw ended(sending, timeout);
    }
    boolean safely = IDEMPOTENT.contains(connection.getRequestMethod());
    Failure kind = connection.streaming() ? Failure.RESET : sending.kind(failure, safely);
    tell(() -> sending.failed(kind, failure));
  }

  /** The application's own time is up. */
  private SocketTimeoutException ended(@Nullable Sending sending, SocketTimeoutException timeout) {
    if (sending != null) {
      tell(() -> sending.failed(Failure.ABORTED, timeout));
    }
    tell(call::cancelled);
    decision = new Done(null, HeaderEdits.NONE);
    return timeout;
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
      OutboundStep step = ask();
      if (step instanceof Wait wait) {
        await(wait.until());
        if (reading.isSpent()) {
          throw ended(null, new SocketTimeoutException("Read timed out"));
        }
      } else if (step instanceof Send send) {
        attempted = true;
        Sending sending = sending(send.attempt());
        if (sending == null) {
          continue;
        }
        if (written && connection.streaming()) {
          tell(sending::letGo); // its body is gone
          continue;
        }
        close(connection);
        try {
          return open(new Steering(sending, null), connection, proxy, useCache);
        } catch (SocketTimeoutException e) {
          if (connecting.isSpent() || (written && reading.isSpent())) {
            throw ended(sending, e);
          }
          tell(() -> sending.failed(Failure.CONNECT, e));
          last = e;
        } catch (IOException e) {
          tell(() -> sending.failed(Failure.CONNECT, e));
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

  /** The next step. Without the engine, what came of the last attempt decides, or the JDK. */
  private OutboundStep ask() {
    if (!engineLost) {
      try {
        return call.next();
      } catch (RuntimeException | LinkageError e) {
        engineLost(e);
      }
    }
    return Pass.INSTANCE;
  }

  /** Has the engine know of something; it may fail, and the application must not. */
  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | LinkageError e) {
      engineLost(e);
    }
  }

  private void engineLost(Throwable failure) {
    AdviceFailures.report("an HttpURLConnection's call", failure);
    Sending sending = sending();
    // A response is read to its end all the same, which cancelling would cut off.
    if (!engineLost && (sending == null || !sending.isAnswered())) {
      try {
        call.cancelled(); // what the engine holds for it is given back
      } catch (RuntimeException | LinkageError e) {
        failure.addSuppressed(e);
      }
    }
    engineLost = true;
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
    long began = System.nanoTime();
    Steering before = Steering.enter(towards);
    try {
      return Jdk.newClient(connection, url, proxy, connectTimeout, useCache);
    } finally {
      Steering.leave(before);
      connecting.spendSince(began);
      if (written) {
        reading.spendSince(began);
      }
    }
  }

  /** Null if the engine fails. */
  private @Nullable Sending sending(Attempt attempt) {
    try {
      int timeout = connecting.within(attempt.connectTimeout().toMillis());
      return new Sending(call, attempt, written ? reading.within(timeout) : timeout);
    } catch (RuntimeException | LinkageError e) {
      engineLost(e);
      return null;
    }
  }

  private @Nullable Sending sending() {
    Steering towards = steering;
    return towards == null ? null : towards.sending();
  }

  /** As long as may be waited. As uninterruptible as the JDK's own blocking in this class. */
  private void await(CompletionStage<?> stage) {
    CompletableFuture<?> future = stage.toCompletableFuture();
    boolean interrupted = false;
    while (!future.isDone() && !reading.isSpent()) {
      long began = System.nanoTime();
      try {
        if (reading.isEndless()) {
          future.get();
        } else {
          future.get(reading.leftNanos(), TimeUnit.NANOSECONDS);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException | CancellationException | TimeoutException e) {
        // How it ends does not matter.
      } finally {
        reading.spendSince(began);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
