package dev.weft.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Engine;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.spi.SilentTelemetry;
import dev.weft.engine.spi.Surroundings;
import dev.weft.identity.WorkloadTls;
import dev.weft.remote.RemoteClient;
import dev.weft.telemetry.MeshTelemetry;
import dev.weft.telemetry.WorkloadFacts;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries are streamed to a real AccessLogService, by gRPC. */
@Timeout(60)
class AccessLogServiceTest {

  private static final String SERVICE = "envoy.service.accesslog.v3.AccessLogService";
  private static final String CLUSTER = "outbound|9000||als";

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final WorkloadTls tls = new WorkloadTls(() -> null);
  private final SystemTimer timer = new SystemTimer();
  private final RemoteClient remote = new RemoteClient(tls, timer);
  private final MeshTelemetry telemetry =
      MeshTelemetry.create(
          new WorkloadFacts("catalog", "shop", "catalog", "catalog-1", "sidecar~1", Map.of()),
          () -> null,
          Map.of("OTEL_BLRP_SCHEDULE_DELAY", "50")::get,
          warnings::add);
  private final Engine engine =
      new Engine(
          new Surroundings(
              new LateConfiguration(),
              tls,
              remote,
              SilentTelemetry.INSTANCE,
              timer,
              ThreadLocalRandom::current),
          MutualTlsMode.PERMISSIVE,
          Duration.ZERO);
  private @Nullable Server server;

  @AfterEach
  void stop() {
    telemetry.close();
    remote.close();
    if (server != null) {
      server.shutdownNow();
    }
  }

  /** Many of these services end the stream without an answer: Envoy never waits for one. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isToldOfRequests(boolean answers) throws Exception {
    server = server(answers);
    configure(server.start().getPort());
    for (String path : List.of("/first", "/second")) {
      telemetry.inbound(new Asked(path)).ended(200, ResponseFlag.NONE, null, null);
      assertThat(received.poll(20, TimeUnit.SECONDS))
          .contains("sidecar~1", "my_log", "catalog:8080", path);
    }
    telemetry.drain();
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    telemetry.scrape(page);
    assertThat(page.toString(StandardCharsets.UTF_8))
        .contains("weft_access_log_lost_lines_total 0.0");
    assertThat(warnings).isEmpty();
  }

  private Server server(boolean answers) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            // Of a stream one way gRPC for Java lets nobody end without a message; others do.
            .setType(answers ? MethodType.CLIENT_STREAMING : MethodType.BIDI_STREAMING)
            .setFullMethodName(SERVICE + "/StreamAccessLogs")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return OkHttpServerBuilder.forPort(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create())
        .addService(
            ServerServiceDefinition.builder(SERVICE)
                .addMethod(
                    method,
                    answers
                        ? ServerCalls.asyncClientStreamingCall(answer -> stream(answer, true))
                        : ServerCalls.asyncBidiStreamingCall(answer -> stream(answer, false)))
                .build())
        .build();
  }

  private StreamObserver<byte[]> stream(StreamObserver<byte[]> answer, boolean answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(byte[] message) {
        received.add(new String(message, StandardCharsets.ISO_8859_1));
      }

      @Override
      public void onError(Throwable failure) {
        received.add(failure.toString());
      }

      @Override
      public void onCompleted() {
        if (answers) {
          answer.onNext(new byte[0]);
        }
        answer.onCompleted();
      }
    };
  }

  private void configure(int port) {
    Endpoint als =
        new Endpoint(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            false,
            false,
            1,
            Map.of());
    engine.update(
        new MeshSnapshot(
            null,
            Map.of(),
            Map.of(
                CLUSTER,
                new Cluster(
                    CLUSTER,
                    LoadBalancing.ROUND_ROBIN,
                    Duration.ofSeconds(5),
                    null,
                    false,
                    null,
                    CircuitBreakers.NONE,
                    null,
                    Assignment.of(List.of(als)))),
            Map.of()));
    telemetry.attach(engine, "1");
    telemetry.update(
        new TelemetryPolicy.Both(
            new TelemetryPolicy(
                List.of(
                    new AccessLogPolicy(
                        new AccessLogPolicy.Als(
                            CLUSTER, "als", "my_log", List.of(), List.of(), List.of()),
                        null)),
                null,
                List.of()),
            TelemetryPolicy.NONE));
  }

  private record Asked(String path) implements InboundRequest {

    @Override
    public @Nullable ConnectedPeer peer() {
      return null;
    }

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String authority() {
      return "catalog:8080";
    }

    @Override
    public String protocol() {
      return "HTTP/1.1";
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return InetSocketAddress.createUnresolved("10.0.0.9", 41204);
    }

    @Override
    public InetSocketAddress localAddress() {
      return InetSocketAddress.createUnresolved("10.0.0.7", 8080);
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      try {
        return message.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
