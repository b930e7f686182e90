package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A whole server, in a process of its own, seen from outside. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ServerTest {

  static final String CATALOG =
      """
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: catalog, namespace: shop}
      spec:
        hosts: [catalog.shop.svc.cluster.local]
        location: MESH_INTERNAL
        resolution: STATIC
        ports:
          - {number: 8080, name: http, protocol: HTTP}
        workloadSelector:
          labels: {app: catalog}
      """;

  final Path config;
  final Path state;
  final ServerProcess server;
  final String token;
  private final List<ManagedChannel> channels = new ArrayList<>();

  ServerTest(Path directory, String... options) throws IOException {
    config = Files.createDirectory(directory.resolve("config"));
    state = directory.resolve("state");
    token = ServerProcess.token("shop/catalog", state, directory.resolve("token.log"));
    server = ServerProcess.start(config, state, directory.resolve("server.log"), options);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void configure() throws IOException {
    Files.writeString(config.resolve("catalog.yaml"), CATALOG);
    awaitStatus("\"file\" : \"catalog.yaml\",\n    \"accepted\" : true");
  }

  @AfterEach
  void disconnect() {
    channels.forEach(ManagedChannel::shutdownNow);
    channels.clear();
  }

  void awaitStatus(String part) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(server.get("/api/status")).contains(part));
  }

  ManagedChannel plaintext() {
    return open(NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort).usePlaintext());
  }

  /** Until the test ends. */
  ManagedChannel open(NettyChannelBuilder builder) {
    ManagedChannel channel = builder.build();
    channels.add(channel);
    return channel;
  }

  DeltaClient client() {
    return client(plaintext(), token, "shop");
  }

  /** A client that says it is that namespace's catalog. */
  static DeltaClient client(ManagedChannel channel, String token, String namespace) {
    return new DeltaClient(
        AggregatedDiscoveryServiceGrpc.newStub(channel).withCallCredentials(bearer(token)),
        namespace,
        "catalog");
  }

  /** A client that holds the listener of the catalog. */
  DeltaClient clientOfCatalog() {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));
    return client;
  }

  static CallCredentials bearer(String token) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo request, Executor executor, MetadataApplier applier) {
        Metadata headers = new Metadata();
        headers.put(
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        applier.apply(headers);
      }
    };
  }
}
