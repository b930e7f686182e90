package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.RequestContext;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A mesh of scripted services. Drives carriers as the contract has it: asynchronously. */
final class FakeMesh implements Mesh {

  final Map<String, Service> services = new ConcurrentHashMap<>();
  final List<Call> calls = new CopyOnWriteArrayList<>();
  volatile @Nullable MeshTls tls;

  /** {@code host:port} that may not be spoken TLS with. */
  final Set<String> forbidden = ConcurrentHashMap.newKeySet();

  /** A service by the name that applications call it. */
  static final class Service {
    final List<Integer> ports = new CopyOnWriteArrayList<>();
    final AtomicInteger next = new AtomicInteger();
    volatile @Nullable UpstreamTls peer;
    volatile int maxAttempts = 1;
    volatile Duration connectTimeout = Duration.ofSeconds(10);
    volatile @Nullable Answer answer;
    volatile @Nullable CompletionStage<?> firstWait;
    volatile @Nullable CompletionStage<?> backOff;
    volatile boolean pass;
    volatile boolean broken;

    /** Its endpoints are names that nobody looked up. */
    volatile boolean unresolved;

    /** Says that an attempt is to be awaited only when its outcome was just reported. */
    volatile boolean lingers;

    /** Null: attempts fail to say. */
    volatile @Nullable HeaderEdits requestHeaders = HeaderEdits.NONE;

    volatile HeaderEdits responseHeaders = HeaderEdits.NONE;

    /** What attempts ask for instead; null: what the application asked for. */
    volatile @Nullable String path;

    volatile @Nullable String authority;

    Service at(int... endpoints) {
      for (int port : endpoints) {
        ports.add(port);
      }
      return this;
    }

    Service attempts(int max) {
      maxAttempts = max;
      return this;
    }
  }

  Service service(String host) {
    return services.computeIfAbsent(host, name -> new Service());
  }

  /** The newest call, once there are so many. */
  Call awaitCalls(int count) {
    Awaitility.await().until(() -> calls.size() >= count);
    return calls.get(count - 1);
  }

  Call onlyCall() {
    if (calls.size() != 1) {
      throw new AssertionError(calls.size() + " calls");
    }
    return calls.get(0);
  }

  @Override
  public boolean forbids(String host, int port) {
    return forbidden.contains(host + ":" + port);
  }

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    Service service = services.get(request.host());
    if (service == null) {
      return null;
    }
    Call call = new Call(service, request);
    calls.add(call);
    return call;
  }

  /**
   * One call. Retries while it may, as the engine does: on 503 and on failures that the request can
   * survive, and whatever the request if no connection was made.
   */
  static final class Call implements OutboundCall {
    private final Service service;
    final OutboundRequest request;
    final String authority;
    final String path;
    final @Nullable RequestContext context = RequestContext.current();
    final List<FakeAttempt> attempts = new CopyOnWriteArrayList<>();
    volatile boolean cancelled;
    private boolean waited;
    private boolean backedOff;
    private boolean asking;

    Call(Service service, OutboundRequest request) {
      this.service = service;
      this.request = request;
      this.authority = request.authority();
      this.path = request.path();
    }

    /** The attempt of this number, once it's there. */
    FakeAttempt attempt(int number) {
      Awaitility.await().pollDelay(Duration.ZERO).until(() -> attempts.size() >= number);
      return attempts.get(number - 1);
    }

    @Override
    public OutboundStep next() {
      synchronized (this) {
        if (asking) {
          throw new AssertionError("asked by two threads at once");
        }
        asking = true;
      }
      try {
        return step();
      } finally {
        synchronized (this) {
          asking = false;
        }
      }
    }

    private OutboundStep step() {
      if (service.broken) {
        throw new IllegalStateException("broken on purpose");
      }
      if (cancelled) {
        return new OutboundStep.Done(last(), HeaderEdits.NONE);
      }
      CompletionStage<?> wait = service.firstWait;
      if (wait != null && !waited) {
        waited = true;
        return new OutboundStep.Wait(wait);
      }
      if (service.pass) {
        return OutboundStep.Pass.INSTANCE;
      }
      Answer answer = service.answer;
      if (answer != null) {
        return new OutboundStep.Respond(answer);
      }
      FakeAttempt last = last();
      if (last == null) {
        return send();
      }
      if (!last.outcome.isDone()) {
        if (service.lingers) {
          last.outcome.join();
        }
        return new OutboundStep.Wait(last.outcome);
      }
      int status = last.outcome.getNow(0);
      boolean retry =
          (status == 0 || status == 503)
              && (request.replayable() || last.events.contains("failed CONNECT"))
              && attempts.size() < service.maxAttempts;
      CompletionStage<?> backOff = service.backOff;
      if (retry && backOff != null && !backedOff) {
        backedOff = true;
        last.abort();
        return new OutboundStep.Wait(backOff);
      }
      if (retry) {
        last.abort();
        return send();
      }
      return new OutboundStep.Done(last, service.responseHeaders);
    }

    private @Nullable FakeAttempt last() {
      return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }

    private OutboundStep send() {
      int turn = service.next.getAndIncrement() % service.ports.size();
      FakeAttempt attempt =
          new FakeAttempt(
              service.unresolved
                  ? unresolved(service.ports.get(turn))
                  : endpoint(service.ports.get(turn)),
              service.peer,
              service.requestHeaders,
              attempts.size() + 1,
              service.connectTimeout);
      attempt.path = service.path;
      attempt.authority = service.authority;
      attempts.add(attempt);
      return new OutboundStep.Send(attempt);
    }

    @Override
    public void cancelled() {
      cancelled = true;
      attempts.forEach(FakeAttempt::abort);
    }

    @Override
    public @Nullable String routeName() {
      return null;
    }
  }

  static Endpoint endpoint(int port) {
    try {
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      return new Endpoint(new InetSocketAddress(loopback, port), false, false, 1, Map.of());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Endpoint unresolved(int port) {
    return new Endpoint(
        InetSocketAddress.createUnresolved("endpoint.invalid", port), false, false, 1, Map.of());
  }

  static CompletableFuture<Void> never() {
    return new CompletableFuture<>();
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
    MeshTls current = tls;
    if (current == null) {
      throw new IllegalStateException("no certificate");
    }
    return current;
  }

  @Override
  public Timer timer() {
    throw new UnsupportedOperationException();
  }
}
