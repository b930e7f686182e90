package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is whom, by tokens, certificates and TLS. */
class AuthenticationTest extends ServerTest {

  AuthenticationTest(@TempDir Path directory) throws IOException {
    super(directory, "--tls-name=control.mesh.example", "--tls-name=10.1.2.3");
  }

  private ManagedChannel tls() throws IOException {
    return tls("localhost");
  }

  /** Verifies the server by the name, whatever it resolves to. */
  private ManagedChannel tls(String name) throws IOException {
    return open(
        NettyChannelBuilder.forAddress("localhost", server.tlsPort)
            .overrideAuthority(name)
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(state.resolve("root-cert.pem").toFile())
                    .build()));
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
    DeltaClient client = client(plaintext(), token + "x", "shop");
    client.subscribe(DeltaClient.NAME_TABLE, "*");

    assertThat(client.ended.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(server.get("/api/status"))
        .containsPattern("\"refusedCalls\" : \\{\\s+\"count\" : [1-9]\\d*,\\s+\"last\" : \\[ \\{")
        .contains(
            "\"method\" : \"envoy.service.discovery.v3.AggregatedDiscoveryService/"
                + "DeltaAggregatedResources\"");
  }

  @Test
  void aClientIsOnlyWhoItsTokenSays() throws Exception {
    DeltaClient client = client(plaintext(), token, "bank");
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
    DeltaClient known = client(tls(), token, "shop");
    known.subscribe(DeltaClient.NAME_TABLE, "*");

    assertThat(stranger.ended.get(10, TimeUnit.SECONDS).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    await().until(() -> known.held(DeltaClient.NAME_TABLE).containsKey("shop"));
  }
}
