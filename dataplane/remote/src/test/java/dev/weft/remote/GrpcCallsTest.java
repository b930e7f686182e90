package dev.weft.remote;

import static dev.weft.remote.HttpRequestsTest.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Header;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.PeerTls;
import dev.weft.identity.TestAuthority;
import dev.weft.identity.WorkloadTls;
import io.grpc.Attributes;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unary gRPC, with a real server, plain and behind mutual TLS. */
@Timeout(60)
class GrpcCallsTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Metadata.Key<String> X_ONE =
      Metadata.Key.of("x-one", Metadata.ASCII_STRING_MARSHALLER);
  private static final Attributes.Key<Boolean> COUNTED = Attributes.Key.create("counted");
  private static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";
  private static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";

  private final TestAuthority authority = new TestAuthority();
  private final SteppedTimer timer = new SteppedTimer();
  private final RemoteClient client =
      new RemoteClient(new WorkloadTls(() -> authority.issue(STOREFRONT)), timer);
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private Server server = serve(0);

  private Server serve(int port) {
    try {
      return OkHttpServerBuilder.forPort(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
              InsecureServerCredentials.create())
          .addService(
              ServerServiceDefinition.builder("test.Echo")
                  .addMethod(method("test.Echo/Say"), (ServerCallHandler<byte[], byte[]>) this::say)
                  .build())
          .addTransportFilter(new Counting())
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Counting extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes attributes) {
      connections.incrementAndGet();
      open.incrementAndGet();
      return attributes.toBuilder().set(COUNTED, true).build();
    }

    @Override
    public void transportTerminated(Attributes attributes) {
      // Called for those that never became ready as well.
      if (attributes != null && attributes.get(COUNTED) != null) {
        open.decrementAndGet();
      }
    }
  }

  private ServerCall.Listener<byte[]> say(ServerCall<byte[], byte[]> call, Metadata headers) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        String text = new String(message, StandardCharsets.UTF_8);
        heard.add(text + " " + call.getAuthority() + " " + headers.get(X_ONE));
        switch (text) {
          case "no" -> call.close(Status.PERMISSION_DENIED.withDescription("not you"), headers);
          case "silence" -> {}
          default -> {
            call.sendHeaders(new Metadata());
            call.sendMessage(text.equals("much") ? new byte[2 << 20] : message);
            call.close(Status.OK, new Metadata());
          }
        }
      }
    };
  }

  @AfterEach
  void nothingIsLeft() {
    client.close();
    await().untilAsserted(() -> assertThat(open).hasValue(0));
    server.shutdownNow();
  }

  @Test
  void aMessageGoesAndOneComesBackOverOneConnection() throws Exception {
    for (String message : List.of("hello", "world")) {
      assertThat(text(call(plain(), message))).isEqualTo(message);
    }

    assertThat(heard).containsExactly("hello authz.shop:9000 1", "world authz.shop:9000 1");
    assertThat(connections).hasValue(1);
  }

  @Test
  void aChannelThatNobodyNeedsIsClosed() throws Exception {
    result(call(plain(), "hello"));
    timer.pass(Duration.ofSeconds(59));
    assertThat(open).hasValue(1);
    result(call(plain(), "hello"));
    timer.pass(Duration.ofSeconds(59)); // the sweep falls in here, and finds it in use
    assertThat(open).hasValue(1);

    timer.pass(Duration.ofSeconds(60));

    await().untilAsserted(() -> assertThat(open).hasValue(0));
    assertThat(text(call(plain(), "again"))).isEqualTo("again");
    assertThat(connections).hasValue(2);
  }

  @Test
  void whatIsNotOkIsAFailure() {
    assertThatThrownBy(() -> result(call(plain(), "no")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("PERMISSION_DENIED: not you");
    assertThatThrownBy(() -> result(call(plain(), "much")))
        .hasMessageContaining("RESOURCE_EXHAUSTED");
    assertThatThrownBy(
            () ->
                result(
                    client
                        .unary(plain(), "a", "test.Echo/No", List.of(), new byte[0], LIMIT)
                        .toCompletableFuture()))
        .hasMessageContaining("UNIMPLEMENTED");
  }

  @Test
  void theTimeoutEndsACall() {
    assertThatThrownBy(
            () ->
                result(
                    client
                        .unary(
                            plain(),
                            "a",
                            "test.Echo/Say",
                            List.of(),
                            "silence".getBytes(StandardCharsets.UTF_8),
                            Duration.ofMillis(300))
                        .toCompletableFuture()))
        .hasMessageContaining("DEADLINE_EXCEEDED");
  }

  @Test
  void aServerThatIsBackIsUsedAtOnce() throws Exception {
    int port = server.getPort();
    ConnectionKey key = plain();
    result(call(key, "hello"));
    server.shutdownNow().awaitTermination();
    for (int i = 0; i < 5; i++) { // by now gRPC would wait for seconds
      assertThatThrownBy(() -> result(call(key, "hello"))).hasMessageContaining("UNAVAILABLE");
    }

    server = serve(port);

    // The last failure may be told a moment before the channel is seen to have failed.
    List<CompletableFuture<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<byte[]> call = call(key, "back");
      calls.add(call);
      await().until(call::isDone);
    }
    assertThat(calls).anyMatch(call -> !call.isCompletedExceptionally());
  }

  @Test
  void mutualTlsAsTheMeshSpeaksIt() throws Exception {
    try (TlsFront front = new TlsFront(authority.issue(CATALOG), address(), "istio-h2")) {
      ConnectionKey key = secured(front, CATALOG);

      assertThat(text(call(key, "hello"))).isEqualTo("hello");
      assertThat(text(call(key, "world"))).isEqualTo("world");

      assertThat(heard).contains("hello authz.shop:9000 1");
      assertThat(front.callers).containsExactly(STOREFRONT);
      assertThat(front.offered.get(0)).contains("istio-h2").doesNotContain("istio-http/1.1");
    }
  }

  @Test
  void aServerThatIsNotWhoItMustBeOrSpeaksAnotherProtocolIsSentNothing() throws Exception {
    try (TlsFront front = new TlsFront(authority.issue(CATALOG), address(), "istio-h2")) {
      assertThatThrownBy(
              () -> result(call(secured(front, "spiffe://cluster.local/ns/shop/sa/x"), "hello")))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("not among the identities");
    }
    try (RemoteClient nobody = new RemoteClient(new WorkloadTls(() -> null), new SystemTimer())) {
      PeerTls peer = new PeerTls("sni", List.of(CATALOG), List.of("istio-h2"));
      ConnectionKey key = new ConnectionKey(address(), peer);
      assertThatThrownBy(
              () ->
                  result(
                      nobody
                          .unary(key, "a", "test.Echo/Say", List.of(), new byte[0], LIMIT)
                          .toCompletableFuture()))
          .hasStackTraceContaining("no valid certificate");
    }
    assertThat(heard).isEmpty();
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
  }

  private ConnectionKey plain() {
    return new ConnectionKey(address(), null);
  }

  private static ConnectionKey secured(TlsFront front, String peer) {
    return new ConnectionKey(
        front.address(), new PeerTls("sni", List.of(peer), List.of("istio-h2")));
  }

  private CompletableFuture<byte[]> call(ConnectionKey to, String message) {
    return client
        .unary(
            to,
            "authz.shop:9000",
            "test.Echo/Say",
            List.of(new Header("x-one", "1")),
            message.getBytes(StandardCharsets.UTF_8),
            LIMIT)
        .toCompletableFuture();
  }

  private static String text(CompletableFuture<byte[]> answer) throws Exception {
    return new String(result(answer), StandardCharsets.UTF_8);
  }

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    MethodDescriptor.Marshaller<byte[]> bytes =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(name)
        .setRequestMarshaller(bytes)
        .setResponseMarshaller(bytes)
        .build();
  }
}
