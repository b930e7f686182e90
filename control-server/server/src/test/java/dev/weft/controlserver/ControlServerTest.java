package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateServiceGrpc;
import dev.weft.xds.proto.ListeningPort;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.WorkloadRegistrationGrpc;
import dev.weft.xds.proto.WorkloadState;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole server, in a process of its own, seen from outside. */
@TestInstance(Lifecycle.PER_CLASS)
class ControlServerTest {
  private static final String CLUSTER = "outbound|8080||catalog.shop.svc.cluster.local";
  private static final String CATALOG =
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

  private final Path config;
  private final Path state;
  private final ServerProcess server;
  private final String token;
  private final List<ManagedChannel> channels = new ArrayList<>();

  ControlServerTest(@TempDir Path directory) throws IOException {
    config = Files.createDirectory(directory.resolve("config"));
    state = directory.resolve("state");
    token = ServerProcess.token("shop/catalog", state, directory.resolve("token.log"));
    server =
        ServerProcess.start(
            config,
            state,
            directory.resolve("server.log"),
            "--tls-name=control.mesh.example",
            "--tls-name=10.1.2.3");
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

  private void awaitStatus(String part) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(server.get("/api/status")).contains(part));
  }

  private ManagedChannel plaintext() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort).usePlaintext().build();
    channels.add(channel);
    return channel;
  }

  private ManagedChannel tls() throws IOException {
    return tls("localhost");
  }

  /** Verifies the server by the name, whatever it resolves to. */
  private ManagedChannel tls(String name) throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", server.tlsPort)
            .overrideAuthority(name)
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(state.resolve("root-cert.pem").toFile())
                    .build())
            .build();
    channels.add(channel);
    return channel;
  }

  private DeltaClient client() {
    return new DeltaClient(
        AggregatedDiscoveryServiceGrpc.newStub(plaintext()).withCallCredentials(bearer(token)),
        "shop",
        "catalog");
  }

  @Test
  void pushesTheChainOfAListenerInOneGo() {
    DeltaClient client = client();
    client.subscribe(DeltaClient.NAME_TABLE, "*");
    await().until(() -> client.held(DeltaClient.NAME_TABLE).containsKey("shop"));
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));

    assertThat(client.order())
        .containsExactly(
            "NameTable", "Cluster", "ClusterLoadAssignment", "RouteConfiguration", "Listener");
    awaitStatus("\"synced\" : true");
    assertThat(server.get("/api/status"))
        .contains("\"kind\" : \"agent\"")
        .contains("\"authenticated\" : true")
        .contains("\"peer\" : \"127.0.0.1:");
  }

  @Test
  void aHostThatIsNotTheMeshsIsTold() {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "example.org:80");

    await()
        .untilAsserted(
            () ->
                assertThat(client.responses)
                    .singleElement()
                    .satisfies(
                        response ->
                            assertThat(response.getRemovedResourcesList())
                                .containsExactly("example.org:80")));
  }

  @Test
  void endpointsComeAndGoWithTheirWorkload() throws Exception {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));
    Workload workload = new Workload(plaintext());

    assertThat(workload.tell("10.1.2.3")).isEmpty();
    awaitEndpoints(client, "10.1.2.3");
    awaitStatus("\"guarded\" : true");
    assertThat(workload.tell("10.1.2.4")).isEmpty();
    awaitEndpoints(client, "10.1.2.4");
    workload.leave();
    awaitEndpoints(client);
  }

  @Test
  void aWorkloadThatBreaksOffIsGone() throws Exception {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    ManagedChannel own = plaintext();
    assertThat(new Workload(own).tell("10.9.9.9")).isEmpty();
    awaitEndpoints(client, "10.9.9.9");
    own.shutdownNow();

    awaitEndpoints(client);
  }

  @Test
  void aWorkloadIsOnlyWhoItsTokenSays() throws Exception {
    Workload workload = new Workload(plaintext());

    assertThat(workload.tell(Workload.state("10.6.6.6").setNamespace("bank")))
        .contains("shop/catalog");
    awaitStatus("\"reason\" : \"the token is shop/catalog's, not bank/catalog's\"");
    assertThat(server.get("/api/services")).doesNotContain("10.6.6.6");
  }

  @Test
  void aWorkloadServesOnlyWhatItsAccountIsEntitledTo() throws Exception {
    Path file = config.resolve("payments.yaml");
    Workload workload = new Workload(plaintext());
    String refusal = workload.tell(Workload.state("10.7.7.7").setService("payments"));

    assertThat(refusal)
        .startsWith("spiffe://cluster.local/ns/shop/sa/catalog may not serve payments.shop.svc");
    awaitStatus(refusal);
    assertThat(server.get("/api/services")).doesNotContain("payments");

    Files.writeString(
        file,
        CATALOG.replace("catalog", "payments")
            + "  subjectAltNames: ['spiffe://cluster.local/ns/shop/sa/catalog']\n");
    assertThat(workload.answer()).isEmpty();
    Files.delete(file);
    assertThat(workload.answer()).isEqualTo(refusal);
  }

  @Test
  void aBadFileLeavesTheGoodOneInForce() throws IOException {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));
    Files.writeString(
        config.resolve("catalog.yaml"), CATALOG.replace("number: 8080", "number: many"));

    awaitStatus("\"accepted\" : false");
    assertThat(server.get("/api/status"))
        .contains("\"severity\" : \"error\"")
        .contains("\"file\" : \"catalog.yaml\"")
        .contains("\"kind\" : \"ServiceEntry\"")
        .contains("\"resource\" : \"shop/catalog\"")
        .contains("\"field\" : \"spec.ports[0].number\"");
    assertThat(server.log()).contains("ServiceEntry shop/catalog: spec.ports[0].number");
    assertThat(server.get("/api/services")).contains("catalog.shop.svc.cluster.local");
    assertThat(client.held(DeltaClient.LISTENER)).containsKey("catalog:8080");
  }

  @Test
  void aDeletedFileTakesItsResourcesAlong() throws IOException {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    await().until(() -> client.held(DeltaClient.LISTENER).containsKey("catalog:8080"));
    Files.delete(config.resolve("catalog.yaml"));

    await().until(() -> client.held(DeltaClient.LISTENER).isEmpty());
    assertThat(client.held(DeltaClient.ENDPOINTS)).isEmpty();
  }

  @Test
  void withoutATokenOneMayLookButGetsNoCertificate() throws Exception {
    DeltaClient client =
        new DeltaClient(AggregatedDiscoveryServiceGrpc.newStub(plaintext()), "shop", "any");
    client.subscribe(DeltaClient.NAME_TABLE, "*");
    await().until(() -> client.held(DeltaClient.NAME_TABLE).containsKey("shop"));

    assertThatThrownBy(
            () ->
                IstioCertificateServiceGrpc.newBlockingStub(plaintext())
                    .createCertificate(IstioCertificateRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
  }

  @Test
  void aTokenGetsACertificateForItsIdentity() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair key = generator.generateKeyPair();
    StringWriter request = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(request)) {
      pem.writeObject(
          new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    }
    List<String> chain =
        IstioCertificateServiceGrpc.newBlockingStub(tls())
            .withCallCredentials(bearer(token))
            .createCertificate(
                IstioCertificateRequest.newBuilder().setCsr(request.toString()).build())
            .getCertChainList();

    assertThat(chain).hasSize(2);
    assertThat(chain.get(1)).isEqualTo(Files.readString(state.resolve("root-cert.pem")));
    var leaf =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(chain.get(0).getBytes(StandardCharsets.UTF_8)));
    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactly(List.of(6, "spiffe://cluster.local/ns/shop/sa/catalog"));
    assertThat(leaf.getPublicKey()).isEqualTo(key.getPublic());
    assertThat(server.log()).contains("issued to spiffe://cluster.local/ns/shop/sa/catalog");
  }

  @Test
  void aTokenThatProvesNothingIsRefusedEverywhere() throws Exception {
    DeltaClient client =
        new DeltaClient(
            AggregatedDiscoveryServiceGrpc.newStub(plaintext())
                .withCallCredentials(bearer(token + "x")),
            "shop",
            "catalog");
    client.subscribe(DeltaClient.NAME_TABLE, "*");

    assertThat(client.ended.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  @Test
  void aClientIsOnlyWhoItsTokenSays() throws Exception {
    DeltaClient client =
        new DeltaClient(
            AggregatedDiscoveryServiceGrpc.newStub(plaintext()).withCallCredentials(bearer(token)),
            "bank",
            "catalog");
    client.subscribe(DeltaClient.NAME_TABLE, "*");

    assertThat(client.ended.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,            true",
    "control.mesh.example, true",
    "10.1.2.3,             true",
    "other.mesh.example,   false",
  })
  void theTlsPortIsKnownByTheNamesThatItWasGiven(String name, boolean known) throws IOException {
    var call =
        IstioCertificateServiceGrpc.newBlockingStub(tls(name)).withCallCredentials(bearer(token));

    assertThatThrownBy(() -> call.createCertificate(IstioCertificateRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e ->
                assertThat(e.getStatus().getCode())
                    .isEqualTo(known ? Status.Code.INVALID_ARGUMENT : Status.Code.UNAVAILABLE));
  }

  @Test
  void overTlsOneNeedsAToken() throws Exception {
    DeltaClient stranger =
        new DeltaClient(AggregatedDiscoveryServiceGrpc.newStub(tls()), "shop", "catalog");
    DeltaClient known =
        new DeltaClient(
            AggregatedDiscoveryServiceGrpc.newStub(tls()).withCallCredentials(bearer(token)),
            "shop",
            "catalog");
    known.subscribe(DeltaClient.NAME_TABLE, "*");

    assertThat(stranger.ended.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    await().until(() -> known.held(DeltaClient.NAME_TABLE).containsKey("shop"));
  }

  @Test
  void oneIdentityHasNoMoreRegistrationsThanAnyServiceNeeds(@TempDir Path directory)
      throws Exception {
    String crowd = ServerProcess.token("shop/crowd", state, directory.resolve("token.log"));
    ManagedChannel channel = plaintext();
    BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
    for (int i = 0; i <= 2_000; i++) {
      new Workload(channel, crowd, ended);
    }

    Status refused = ended.poll(30, TimeUnit.SECONDS);
    assertThat(refused).isNotNull();
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getDescription()).isEqualTo("shop/crowd has 2000 streams already");
    assertThat(ended).isEmpty();
  }

  @Test
  void aWorkloadThatSaysTooMuchIsNotListenedTo() throws Exception {
    BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
    new Workload(plaintext(), token, ended)
        .states.onNext(Workload.state("10.1.2.3").putLabels("much", "x".repeat(1 << 16)).build());

    Status refused = ended.poll(10, TimeUnit.SECONDS);
    assertThat(refused).isNotNull();
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void saysWhatDoesNotFitTogether() throws IOException {
    Files.writeString(
        config.resolve("lost.yaml"),
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: lost, namespace: shop}
        spec:
          hosts: [catalog]
          http:
            - route:
                - destination: {host: nowhere}
        """);

    awaitStatus("nowhere");
    assertThat(server.log()).contains("nowhere");
    Files.delete(config.resolve("lost.yaml"));
  }

  @Test
  void aNewFileDisplacesNothingAndIsToldSo() throws IOException {
    Path newcomer = config.resolve("aaa.yaml");
    Files.writeString(newcomer, CATALOG.replace("8080", "9090"));
    awaitStatus("is not in force: it is defined at catalog.yaml:3 too");

    assertThat(server.get("/api/services")).contains("8080").doesNotContain("9090");
    await()
        .untilAsserted(
            () ->
                assertThat(server.log())
                    .contains(
                        "aaa.yaml:3: warning: ServiceEntry shop/catalog: is not in force:"
                            + " it is defined at catalog.yaml:3 too"));
    assertThat(server.log())
        .contains("nothing of aaa.yaml is in force")
        .doesNotContain("Mesh - aaa.yaml is in force");

    Files.delete(config.resolve("catalog.yaml"));
    await()
        .untilAsserted(
            () -> assertThat(server.log()).contains("Mesh - aaa.yaml is in force: 1 resources"));
    Files.delete(newcomer);
    await().untilAsserted(() -> assertThat(server.log()).contains("aaa.yaml is gone"));
  }

  @Test
  void aFileOfOtherKindsIsNotSaidToBeInForce() throws IOException {
    Path file = config.resolve("kind.yaml");
    Files.writeString(file, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");

    awaitStatus("ConfigMap is no kind of the mesh; ignored");
    assertThat(server.log())
        .contains("nothing of kind.yaml is in force")
        .doesNotContain("Mesh - kind.yaml is in force");
    Files.delete(file);
  }

  @Test
  void saysOnceThatAFileIsNotRead() throws IOException {
    Files.writeString(config.resolve("routes.json"), "{}");
    // Each look at the directory sees it.
    Files.writeString(config.resolve("look.yaml"), "");
    awaitStatus("look.yaml");
    Files.delete(config.resolve("look.yaml"));
    await().untilAsserted(() -> assertThat(server.log()).contains("look.yaml is gone"));

    assertThat(server.log())
        .containsOnlyOnce("routes.json is not read: only files named *.yaml or *.yml are");
  }

  @Test
  void saysHowItIs() {
    assertThat(server.get("/healthz/ready")).contains("true");
    assertThat(server.get("/metrics")).contains("weft_control_xds_streams");
  }

  private static void awaitEndpoints(DeltaClient client, String... addresses) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(endpoints(client)).containsExactly(addresses));
  }

  private static List<String> endpoints(DeltaClient client) throws InvalidProtocolBufferException {
    Resource resource = client.held(DeltaClient.ENDPOINTS).get(CLUSTER);
    return resource == null
        ? List.of("no assignment")
        : resource.getResource().unpack(ClusterLoadAssignment.class).getEndpointsList().stream()
            .flatMap(locality -> locality.getLbEndpointsList().stream())
            .map(e -> e.getEndpoint().getAddress().getSocketAddress().getAddress())
            .toList();
  }

  private static CallCredentials bearer(String token) {
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

  /** A workload's registration stream. */
  private final class Workload {
    private final BlockingQueue<RegistrationState> answers = new LinkedBlockingQueue<>();
    private final StreamObserver<WorkloadState> states;

    Workload(ManagedChannel channel) {
      this(channel, token, new LinkedBlockingQueue<>());
    }

    Workload(ManagedChannel channel, String identity, BlockingQueue<Status> ended) {
      states =
          WorkloadRegistrationGrpc.newStub(channel)
              .withCallCredentials(bearer(identity))
              .register(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(RegistrationState answer) {
                      answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable cause) {
                      ended.add(Status.fromThrowable(cause));
                    }

                    @Override
                    public void onCompleted() {}
                  });
    }

    static WorkloadState.Builder state(String address) {
      return WorkloadState.newBuilder()
          .setService("catalog")
          .setNamespace("shop")
          .setServiceAccount("catalog")
          .setAddress(address)
          .putLabels("app", "catalog")
          .addPorts(ListeningPort.newBuilder().setNumber(8080).setGuarded(true).setBy("tomcat"))
          .setReady(true)
          .setInstance("i1");
    }

    String tell(String address) throws InterruptedException {
      return tell(state(address));
    }

    /** Returns the refusal; empty if there is none. */
    String tell(WorkloadState.Builder state) throws InterruptedException {
      states.onNext(state.build());
      return answer();
    }

    String answer() throws InterruptedException {
      RegistrationState answer = answers.poll(10, TimeUnit.SECONDS);
      return answer == null ? "no answer" : answer.getRefusal();
    }

    void leave() {
      states.onCompleted();
    }
  }
}
