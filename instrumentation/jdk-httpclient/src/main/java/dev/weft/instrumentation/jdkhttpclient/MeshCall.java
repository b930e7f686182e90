package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.RequestContext;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.instrumentation.api.AdviceFailures;
import dev.weft.instrumentation.api.WovenTypes;
import java.io.IOException;
import java.net.Proxy;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Drives one exchange of the client as a call of the mesh.
 *
 * <p>The exchange itself, the <em>original</em>, is never sent, unless the call is passed on. Each
 * attempt is an exchange of its own within the application's call, which thereby cancels, times out
 * and reads what is really under way. Between attempts the original is current, pretending to be
 * establishing itself, and so a cancellation is noticed then too. In the end the original is given
 * the winner's connection.
 */
final class MeshCall {

  private static final int HTTPS_PORT = 443;

  private final OutboundCall call;
  private final Object original;
  private final Object multi;
  private final ClientRequest request;

  /** Completes with the client's {@code Response}. */
  private final CompletableFuture<Object> outcome = new CompletableFuture<>();

  /**
   * How often {@link #ask} is due. Whoever raises it from zero asks, for as long as it takes; so
   * the call is never asked by two threads at once.
   */
  private final AtomicInteger due = new AtomicInteger();

  /** Touched only while asking. */
  private final List<Sending> sendings = new ArrayList<>(2);

  private volatile @Nullable Sending latest;
  private boolean decided;
  private volatile boolean engineLost;
  private boolean repeated;

  /** The call said where to send the request: by no other way may it leave. */
  private boolean attempted;

  /** A call that is steered must meet the mesh's TLS too: it is all of this module or nothing. */
  private static final class Whole {
    static final boolean WOVEN =
        WovenTypes.containsAll("jdk-httpclient", HttpClient.class.getClassLoader())
            && WatchedBody.isPossible();
  }

  private MeshCall(OutboundCall call, Object original, Object multi, ClientRequest request) {
    this.call = call;
    this.original = original;
    this.multi = multi;
    this.request = request;
  }

  /**
   * Begins a call for an exchange that the client is about to carry out.
   *
   * @return the exchange's response; null if the client is to carry it out as it is
   */
  static @Nullable CompletableFuture<Object> begin(Object exchange) {
    Object request = Exchanges.request(exchange);
    Proxy proxy = Requests.proxy(request);
    RequestContext context = null;
    if (proxy instanceof Caller caller) {
      context = caller.context();
    } else if (proxy != null) {
      return null;
    }
    if (!Whole.WOVEN) {
      return null;
    }
    URI uri = ((HttpRequest) request).uri();
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      return isForbidden(uri, context)
          ? CompletableFuture.failedFuture(new SocketException("Connection reset"))
          : null;
    }
    ClientRequest view = new ClientRequest(request);
    OutboundCall call;
    RequestContext before = RequestContext.swap(context);
    try {
      call = Mesh.current().outbound(view);
    } finally {
      RequestContext.swap(before);
    }
    if (call == null) {
      return null;
    }
    MeshCall begun = new MeshCall(call, exchange, Exchanges.multi(exchange), view);
    begun.begin();
    return begun.outcome;
  }

  private static boolean isForbidden(URI uri, @Nullable RequestContext context) {
    RequestContext before = RequestContext.swap(context);
    try {
      return Mesh.current()
          .forbids(ClientRequest.host(uri), uri.getPort() == -1 ? HTTPS_PORT : uri.getPort());
    } finally {
      RequestContext.swap(before);
    }
  }

  Object multi() {
    return multi;
  }

  ClientRequest request() {
    return request;
  }

  private void begin() {
    CompletableFuture<Object> establishing = new CompletableFuture<>();
    CompletionStage<Object> cancellation = establishing;
    cancellation.whenComplete((nothing, thrown) -> cancelled(thrown));
    Exchanges.establishing(original, establishing);
    IOException already = Exchanges.cancelCause(original);
    if (already != null) {
      establishing.completeExceptionally(already);
    }
    due.set(1);
    try {
      askWhileDue();
    } catch (Throwable e) {
      if (attempted) {
        engineLost(e);
        return;
      }
      // Nothing was to be sent: the exception is counted, and the exchange goes its own way.
      try {
        call.cancelled();
      } catch (Throwable f) {
        e.addSuppressed(f);
      }
      Exchanges.establishing(original, null);
      Exchanges.current(multi, original);
      throw e;
    }
  }

  /**
   * Takes the one repetition of a request that the client allows itself.
   *
   * @return whether it was still there
   */
  synchronized boolean repeatOnce() {
    boolean first = !repeated;
    repeated = true;
    return first;
  }

  /** Tells the engine what became of an attempt, and does what follows from it. */
  void report(Sending sending, Runnable event) {
    // Whoever else is asking now asks again when the engine has drawn its conclusion.
    boolean asking = due.getAndIncrement() == 0;
    try {
      event.run();
      if (sending.failure() != null && Exchanges.cancelled(multi)) {
        call.cancelled();
      }
      if (asking) {
        askWhileDue();
      }
    } catch (Throwable e) {
      engineLost(e);
    }
    if (sending.won() || engineLost) {
      deliver(sending);
    }
  }

  private void wake() {
    if (due.getAndIncrement() == 0) {
      Exchanges.execute(
          multi,
          () -> {
            try {
              askWhileDue();
            } catch (Throwable e) {
              engineLost(e);
            }
          });
    }
  }

  private void askWhileDue() {
    int seen = due.get();
    do {
      ask();
      seen = due.addAndGet(-seen);
    } while (seen != 0);
  }

  private void ask() {
    while (!decided && !engineLost) {
      OutboundStep step = call.next();
      if (step instanceof OutboundStep.Send send) {
        send(send.attempt());
      } else if (step instanceof OutboundStep.Wait wait) {
        await(wait.until());
        return;
      } else {
        decided = true;
        settle(step);
      }
    }
  }

  private void send(Attempt attempt) {
    attempted = true;
    Sending last = latest;
    if (last != null && last.response() != null) {
      Exchanges.restartConnectTimeout(multi);
    }
    Sending sending = new Sending(this, attempt);
    sendings.add(sending);
    latest = sending;
    sending.start();
  }

  /**
   * While nothing is under way a cancellation must find the original. A response that is there by
   * now may yet win, so none is given up here: the engine aborts what it doesn't want.
   */
  private void await(CompletionStage<?> until) {
    if (sendings.stream().noneMatch(Sending::underWay) && Exchanges.current(multi) != original) {
      Exchanges.current(multi, original);
    }
    until.whenComplete((nothing, thrown) -> wake());
  }

  private void settle(OutboundStep step) {
    if (step instanceof OutboundStep.Done done) {
      settle(done.winner(), done.responseHeaders());
    } else if (step instanceof OutboundStep.Respond respond) {
      sendings.forEach(Sending::discard);
      Exchanges.current(multi, original);
      outcome.complete(LocalAnswer.respond(respond.answer(), original, request.original()));
    } else {
      carryOutOriginal();
    }
  }

  private void settle(@Nullable Attempt decisive, HeaderEdits responseHeaders) {
    Sending chosen = null;
    for (Sending sending : sendings) {
      if (sending.attempt() == decisive) {
        chosen = sending;
      } else {
        sending.discard();
      }
    }
    if (chosen == null) {
      outcome.completeExceptionally(new CancellationException("Request cancelled"));
      return;
    }
    chosen.win(responseHeaders);
    deliver(chosen);
  }

  /** Gives the client what came of the sending, if something did already. */
  private void deliver(Sending sending) {
    Object exchange = sending.exchange();
    if (exchange == null || sending.underWay() || outcome.isDone()) {
      return;
    }
    Exchanges.impl(original, Exchanges.impl(exchange));
    if (Exchanges.current(multi) != exchange) {
      Exchanges.current(multi, exchange);
    }
    Object response = sending.response();
    Throwable failure = sending.failure();
    if (response != null) {
      outcome.complete(
          Responses.create(
              request.original(),
              exchange,
              Headers.edited(Responses.headers(response), sending.responseHeaders()),
              Responses.status(response),
              Responses.version(response)));
    } else if (failure != null) {
      Exchanges.noFurtherRetry(multi);
      outcome.completeExceptionally(failure);
    }
  }

  /** The client goes on as if Weft were not there. */
  private void carryOutOriginal() {
    Exchanges.establishing(original, null);
    Exchanges.current(multi, original);
    Exchanges.carryOut(original)
        .whenComplete(
            (response, thrown) -> {
              if (thrown == null) {
                outcome.complete(response);
              } else {
                outcome.completeExceptionally(
                    thrown instanceof CompletionException && thrown.getCause() != null
                        ? thrown.getCause()
                        : thrown);
              }
            });
  }

  /** The application gave up while nothing was under way. */
  private void cancelled(@Nullable Throwable cause) {
    if (cause == null || outcome.isDone()) {
      return;
    }
    Exchanges.execute(
        multi,
        () -> {
          call.cancelled();
          outcome.completeExceptionally(cause);
        });
  }

  /** The engine failed us: what comes of the attempts that were sent decides. */
  private void engineLost(Throwable failure) {
    engineLost = true;
    AdviceFailures.report("a java.net.http call", failure);
    try {
      call.cancelled();
    } catch (Throwable e) {
      failure.addSuppressed(e);
    }
    Sending sent = latest;
    if (sent == null && !attempted) {
      carryOutOriginal();
    } else if (sent == null || sent.exchange() == null) {
      // There is nothing to wait for, and another way than the call's is none.
      outcome.completeExceptionally(new IOException("Weft failed to carry out the call", failure));
    } else {
      deliver(sent);
    }
  }
}
