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
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One gRPC channel to the control server, and the one thread (a daemon) on which all that happens
 * on it is handled. Opening it connects nothing yet. Room is left for several servers: the channel
 * is the only thing that knows an address.
 */
public final class ControlConnection implements AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** Name tables of large meshes exceed gRPC's usual 4 MiB. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final int KEEP_ALIVE_SECONDS = 30;

  private final ControlServer server;
  private final ScheduledExecutorService context;
  private final ManagedChannel channel;

  private ControlConnection(
      ControlServer server, ScheduledExecutorService context, ManagedChannel channel) {
    this.server = server;
    this.context = context;
    this.channel = channel;
  }

  /**
   * @param userAgent e.g. {@code weft-agent/0.1.0}
   */
  public static ControlConnection open(ControlServer server, String userAgent) {
    ScheduledExecutorService context =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "weft-control");
              thread.setDaemon(true);
              return thread;
            });
    OkHttpChannelBuilder builder =
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
    return new ControlConnection(server, context, builder.build());
  }

  String address() {
    return server.address();
  }

  Channel channel() {
    return channel;
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
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
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
