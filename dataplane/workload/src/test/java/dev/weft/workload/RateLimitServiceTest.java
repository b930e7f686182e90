package dev.weft.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.Engine;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.InboundStep;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.SilentTelemetry;
import dev.weft.engine.spi.Surroundings;
import dev.weft.identity.WorkloadTls;
import dev.weft.remote.RemoteClient;
import dev.weft.xds.proto.RateLimitRequest;
import dev.weft.xds.proto.RateLimitResponse;
import dev.weft.xds.ratelimit.RateLimitMessages;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A limit that is counted elsewhere: the engine asks a real RateLimitService, by gRPC. */
@Timeout(60)
class RateLimitServiceTest {

  private static final String SERVICE = "envoy.service.ratelimit.v3.RateLimitService";
  private static final int ALLOWED = 2;

  private final List<RateLimitRequest> asked = new CopyOnWriteArrayList<>();
  private final WorkloadTls tls = new WorkloadTls(() -> null);
  private final SystemTimer timer = new SystemTimer();
  private final RemoteClient remote = new RemoteClient(tls, timer);
  private final Engine engine =
      new Engine(
          new Surroundings(
              new LateConfiguration(),
              tls,
              remote,
              SilentTelemetry.INSTANCE,
              timer,
              ThreadLocalRandom::current,
              JwtVerifier.NONE,
              CheckCodec.NONE,
              new RateLimitMessages()),
          MutualTlsMode.PERMISSIVE,
          Duration.ZERO);
  private final Server server =
      OkHttpServerBuilder.forPort(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              InsecureServerCredentials.create())
          .addService(
              ServerServiceDefinition.builder(SERVICE)
                  .addMethod(method(), ServerCalls.asyncUnaryCall(this::shouldRateLimit))
                  .build())
          .build();

  private int port;

  @BeforeEach
  void start() throws IOException {
    port = server.start().getPort();
  }

  @AfterEach
  void stop() {
    remote.close();
    server.shutdownNow();
  }

  private static MethodDescriptor<RateLimitRequest, RateLimitResponse> method() {
    return MethodDescriptor.<RateLimitRequest, RateLimitResponse>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(SERVICE + "/ShouldRateLimit")
        .setRequestMarshaller(ProtoLiteUtils.marshaller(RateLimitRequest.getDefaultInstance()))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(RateLimitResponse.getDefaultInstance()))
        .build();
  }

  private void shouldRateLimit(RateLimitRequest request, StreamObserver<RateLimitResponse> answer) {
    asked.add(request);
    answer.onNext(
        RateLimitResponse.newBuilder()
            .setOverallCode(
                asked.size() > ALLOWED
                    ? RateLimitResponse.Code.OVER_LIMIT
                    : RateLimitResponse.Code.OK)
            .build());
    answer.onCompleted();
  }

  private void configure(boolean failClosed) {
    Endpoint endpoint =
        new Endpoint(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            false,
            false,
            1,
            Map.of());
    Cluster cluster =
        new Cluster(
            "rls",
            LoadBalancing.ROUND_ROBIN,
            Duration.ofSeconds(10),
            null,
            false,
            null,
            CircuitBreakers.NONE,
            Assignment.of(List.of(endpoint)));
    RateLimit limit =
        new RateLimit.Global(
            "global",
            "rls",
            "rl.infra",
            "shop",
            Duration.ofSeconds(20),
            failClosed,
            500,
            List.of(
                new RateLimitRule(
                    0, List.of(new RateLimitRule.HeaderValue("x-user", "user", false)))),
            0,
            Fraction.ALL,
            Fraction.ALL,
            new RateLimit.Refusal(429, HeaderEdits.NONE, false),
            true,
            false);
    engine.update(
        new MeshSnapshot(
            null,
            Map.of(),
            Map.of("rls", cluster),
            Map.of(8080, new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of(limit)))));
  }

  private InboundStep judged() throws Exception {
    InboundCall call = engine.inbound(new Request());
    InboundStep step = call.next();
    while (step instanceof InboundStep.Wait wait) {
      wait.until().toCompletableFuture().get(30, TimeUnit.SECONDS);
      step = call.next();
    }
    call.completed();
    return step;
  }

  @Test
  void theServiceCounts() throws Exception {
    configure(true);
    assertThat(judged()).isInstanceOf(InboundStep.Proceed.class);
    assertThat(judged()).isInstanceOf(InboundStep.Proceed.class);
    Answer answer = ((InboundStep.Refuse) judged()).answer();
    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.flag()).isEqualTo(ResponseFlag.RATE_LIMITED);
    assertThat(answer.headers()).contains(new Header("x-envoy-ratelimited", "true"));
    assertThat(asked.get(0).getDomain()).isEqualTo("shop");
    assertThat(asked.get(0).getDescriptors(0).getEntries(0).getKey()).isEqualTo("user");
    assertThat(asked.get(0).getDescriptors(0).getEntries(0).getValue()).isEqualTo("ann");
  }

  @Test
  void withoutTheServiceItIsAsTheLimitSays() throws Exception {
    configure(false);
    server.shutdownNow().awaitTermination();
    assertThat(judged()).isInstanceOf(InboundStep.Proceed.class);
    configure(true);
    assertThat(((InboundStep.Refuse) judged()).answer().flag())
        .isEqualTo(ResponseFlag.RATE_LIMIT_SERVICE_ERROR);
  }

  /** {@code GET /items} by Ann. */
  private static final class Request implements InboundRequest {

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/items";
    }

    @Override
    public String authority() {
      return "catalog";
    }

    @Override
    public String protocol() {
      return "HTTP/1.1";
    }

    @Override
    public @Nullable ConnectedPeer peer() {
      return null;
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000);
    }

    @Override
    public InetSocketAddress localAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
    }

    @Override
    public @Nullable String header(String name) {
      return name.equals("x-user") ? "ann" : null;
    }
  }
}
