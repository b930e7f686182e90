package dev.weft.xds;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ConnectivityState;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC channel to the control server of the moment, one of several that serve the same, and the
 * one thread (a daemon) on which all that happens on it is handled. Opening it connects nothing
 * yet. Whether a server is one to stay with is for whoever talks with it to say ({@link #next},
 * {@link #answered}); the first of them is preferred, and tried again while another one serves.
 */
public final class ControlConnection implements AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** Name tables of large meshes exceed gRPC's usual 4 MiB. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final int KEEP_ALIVE_SECONDS = 30;

  /** How often the first server is looked for while another one is in use; longer, if in vain. */
  private static final long LOOK_MILLIS = 5_000;

  private static final long LONGEST_LOOK_MILLIS = 300_000;

  private final List<ControlServer> servers;
  private final String userAgent;
  private final long lookMillis;
  private final ScheduledExecutorService context;
  private final List<Runnable> movers = new CopyOnWriteArrayList<>();

  /** By server, each made when it is needed. */
  private final @Nullable ManagedChannel[] channels;

  private volatile int current;

  // The connection's thread's.
  private long nextLookMillis;
  private boolean looking;

  private ControlConnection(
      List<ControlServer> servers,
      String userAgent,
      long lookMillis,
      ScheduledExecutorService context) {
    this.servers = List.copyOf(servers);
    this.userAgent = userAgent;
    this.lookMillis = lookMillis;
    this.nextLookMillis = lookMillis;
    this.context = context;
    this.channels = new ManagedChannel[servers.size()];
  }

  /**
   * @param servers at least one, in order of preference
   * @param userAgent e.g. {@code weft-agent/0.1.0}
   */
  public static ControlConnection open(List<ControlServer> servers, String userAgent) {
    return open(servers, userAgent, LOOK_MILLIS);
  }

  static ControlConnection open(List<ControlServer> servers, String userAgent, long lookMillis) {
    ScheduledExecutorService context =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "weft-control");
              thread.setDaemon(true);
              return thread;
            });
    return new ControlConnection(servers, userAgent, lookMillis, context);
  }

  private ManagedChannel open(ControlServer server) {
    OkHttpChannelBuilder builder =
        // Of a name with several addresses, gRPC uses the first that answers.
        OkHttpChannelBuilder.forAddress(server.host(), server.port())
            .executor(context)
            .userAgent(userAgent)
            .disableRetry()
            .disableServiceConfigLookUp()
            // Never the application's ProxySelector: its code is not to run here.
            .proxyDetector(target -> null)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .intercept(new Bearer(server.token()));
    SSLSocketFactory tls = server.tls();
    if (tls == null) {
      builder.usePlaintext();
    } else {
      builder.sslSocketFactory(tls);
    }
    return builder.build();
  }

  /** Of the server in use. */
  String address() {
    return servers.get(current).address();
  }

  /** Of all, in order of preference. */
  List<String> addresses() {
    return servers.stream().map(ControlServer::address).toList();
  }

  /** To the server in use. */
  Channel channel() {
    return channel(current);
  }

  private synchronized ManagedChannel channel(int index) {
    ManagedChannel channel = channels[index];
    if (channel == null) {
      channel = open(servers.get(index));
      channels[index] = channel;
    }
    return channel;
  }

  /** Runs {@code listener} after each change of the server in use, on the connection's thread. */
  void onMove(Runnable listener) {
    movers.add(listener);
  }

  /**
   * The server in use doesn't serve: goes on to the next one. On the connection's thread.
   *
   * @return false if that one was tried before, or there is no other
   */
  boolean next() {
    int left = current;
    int next = (left + 1) % servers.size();
    if (next != left) {
      if (left == 0) {
        lookForFirst();
      }
      moveTo(next);
    }
    return next != 0;
  }

  /** The server in use serves. On the connection's thread. */
  void answered() {
    if (current == 0) {
      nextLookMillis = lookMillis;
    }
  }

  private void moveTo(int server) {
    current = server;
    movers.forEach(Runnable::run);
  }

  /** One that can be reached but doesn't serve is tried less and less often. */
  private void lookForFirst() {
    if (!looking) {
      looking = after(nextLookMillis, this::look);
      nextLookMillis = Math.min(2 * nextLookMillis, LONGEST_LOOK_MILLIS);
    }
  }

  private void look() {
    looking = false;
    if (current == 0) {
      return;
    }
    ManagedChannel first = channel(0);
    expectReachable(first);
    if (first.getState(true) == ConnectivityState.READY) {
      moveTo(0);
    } else {
      looking = after(lookMillis, this::look);
    }
  }

  /**
   * Runs a task where everything that belongs to this connection runs, one thing at a time.
   *
   * @return false if the connection is closed
   */
  @CanIgnoreReturnValue
  boolean execute(Runnable task) {
    return after(0, task);
  }

  /** {@link #execute}, later. */
  @CanIgnoreReturnValue
  boolean after(long millis, Runnable task) {
    try {
      var unused = context.schedule(() -> visibly(task), millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** The executor would keep a defect's exception to itself. */
  private static void visibly(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  /**
   * Makes the next call try to connect, however long gRPC would still wait. (A channel that failed
   * goes on failing calls with the old error until it is connected again; one that is idle starts
   * afresh.)
   */
  void expectReachable() {
    expectReachable(channel(current));
  }

  private static void expectReachable(ManagedChannel channel) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      for (ManagedChannel channel : channels) {
        if (channel != null) {
          channel.shutdownNow();
        }
      }
    }
    // Not at once: the calls' ends are still handled there.
    after(1_000, context::shutdownNow);
  }

  /** Why a call was not even begun: the fault is on this side, and its message says where. */
  static final class NoToken extends RuntimeException {

    private static final long serialVersionUID = 1;

    NoToken(IOException reason) {
      super(reason.getMessage());
    }
  }

  /** Puts the token of the moment on each call. */
  private record Bearer(TokenSource source) implements ClientInterceptor {

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<R> responses, Metadata headers) {
          String token = token();
          if (token != null) {
            headers.put(AUTHORIZATION, "Bearer " + token);
          }
          super.start(responses, headers);
        }
      };
    }

    private @Nullable String token() {
      try {
        return source.token();
      } catch (IOException e) {
        // The server's answer would say less.
        throw new NoToken(e);
      }
    }
  }
}
