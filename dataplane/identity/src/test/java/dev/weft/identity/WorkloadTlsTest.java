package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.TlsStatistics;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class WorkloadTlsTest {

  private static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";
  private static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";
  private static final String SNI = "outbound_.8080_._.catalog.shop.svc.cluster.local";

  private final TestAuthority mesh = new TestAuthority();
  private final WorkloadTls server = tls(mesh.issue(CATALOG));

  @Test
  void bothSidesLearnWhoTheOtherIs() throws Exception {
    WorkloadTls client = tls(mesh.issue(STOREFRONT));
    SSLEngine caller = client(client, peer(CATALOG), "h2", "http/1.1");
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));

    EngineHandshake.between(caller, callee);

    assertThat(client.peerId(caller.getSession())).isEqualTo(CATALOG);
    assertThat(server.peerId(callee.getSession())).isEqualTo(STOREFRONT);
    X509Certificate leaf = (X509Certificate) callee.getSession().getPeerCertificates()[0];
    assertThat(server.forwardedCertificate(callee.getSession()))
        .isEqualTo(
            "By=%s;Hash=%s;Subject=\"%s\";URI=%s",
            CATALOG,
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded())),
            leaf.getSubjectX500Principal().getName(),
            STOREFRONT);
    assertThat(caller.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(caller.getSession().getCipherSuite()).isEqualTo("TLS_AES_128_GCM_SHA256");
  }

  /** Envoy's ssl.handshake, ssl.session_reused and ssl.connection_error. */
  @Test
  void whatCameOfHandshakesIsCounted() throws SSLException {
    WorkloadTls client = tls(mesh.issue(STOREFRONT));
    PeerTls catalog = peer(CATALOG);
    assertThat(client.statistics(catalog)).as("nobody was connected to").isNull();
    for (int i = 1; i <= 2; i++) {
      long began = System.currentTimeMillis();
      EngineHandshake.between(
          client(client, catalog, "http/1.1"), server.serverEngine(List.of("http/1.1")));
      while (System.currentTimeMillis() == began) {
        Thread.onSpinWait();
      }
      for (TlsStatistics side :
          List.of(Objects.requireNonNull(client.statistics(catalog)), server.serverStatistics())) {
        assertThat(side.handshakes()).isEqualTo(i);
        assertThat(side.resumed()).isEqualTo(i - 1);
        assertThat(side.failures()).isZero();
      }
    }
    PeerTls another = peer(CATALOG + "-v2");
    assertRefused(client, another, server);
    assertThat(Objects.requireNonNull(client.statistics(another)).failures()).isEqualTo(1);
    assertThat(Objects.requireNonNull(client.statistics(another)).handshakes()).isZero();
    assertThat(Objects.requireNonNull(client.statistics(catalog)).failures()).isZero();
  }

  @Test
  void aRehearsalIsNotCounted() throws SSLException {
    assertThat(server.warmUp()).isTrue();
    assertThat(server.serverStatistics().handshakes()).isZero();
  }

  @Test
  void warmsUpByAHandshakeWithItself() throws SSLException {
    assertThat(server.warmUp()).isTrue();
    assertThat(new WorkloadTls(() -> null).warmUp()).isFalse();
  }

  @Test
  void aRecordFitsABufferOfItsSize() throws SSLException {
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG), "http/1.1");
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    EngineHandshake.between(caller, callee);
    byte[] response = "eight of".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer record = ByteBuffer.allocate(callee.getSession().getPacketBufferSize());
    while (callee.wrap(ByteBuffer.wrap(response), record.clear()).bytesConsumed() == 0) {
      caller.unwrap(record.flip(), ByteBuffer.allocate(16 * 1024)); // a session ticket
    }
    record.flip();
    ByteBuffer tooSmall = ByteBuffer.allocate(response.length - 1);

    assertThat(caller.unwrap(record, tooSmall).getStatus()).isEqualTo(Status.BUFFER_OVERFLOW);
    assertThat(tooSmall.position()).isZero();
    ByteBuffer exact = ByteBuffer.allocate(response.length);
    assertThat(caller.unwrap(record, exact).getStatus()).isEqualTo(Status.OK);
    assertThat(exact.array()).isEqualTo(response);
  }

  @Test
  void librariesSeePlainProtocolNamesAndServersTheMeshes() throws SSLException {
    Map<String, List<String>> agreed =
        Map.of(
            "weft-http/1.1", List.of("http/1.1"),
            "istio-h2", List.of("h2", "http/1.1"));
    for (Map.Entry<String, List<String>> each : agreed.entrySet()) {
      List<String> spoken = each.getValue();
      SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG), "h2", "http/1.1");
      SSLEngine callee = server.serverEngine(spoken);

      EngineHandshake.between(caller, callee);

      assertThat(caller.getApplicationProtocol()).isEqualTo(spoken.get(0));
      assertThat(callee.getApplicationProtocol()).isEqualTo(spoken.get(0));
      assertThat(((DelegatingEngine) callee).jdk.getApplicationProtocol()).isEqualTo(each.getKey());
      assertThat(server.remembersCaller(callee)).isEqualTo(each.getKey().startsWith("weft-"));
    }
  }

  @Test
  void aServerThatKnowsIstiosNamesAloneAgreesOnThose() throws SSLException {
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG));
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    SSLEngine istios = ((DelegatingEngine) callee).jdk;
    istios.setHandshakeApplicationProtocolSelector(
        (engine, offered) ->
            offered.stream().filter(name -> name.startsWith("istio")).findFirst().orElse(null));

    EngineHandshake.between(caller, callee);

    assertThat(istios.getApplicationProtocol()).isEqualTo("istio-http/1.1");
    assertThat(caller.getApplicationProtocol()).isEqualTo("http/1.1");
  }

  @Test
  void aLibraryThatOffersNothingSpeaksHttp1() throws SSLException {
    SSLEngine caller = tls(mesh.issue(STOREFRONT)).clientContext(peer(CATALOG)).createSSLEngine();
    SSLEngine callee = server.serverEngine(List.of("h2", "http/1.1"));

    EngineHandshake.between(caller, callee);

    assertThat(callee.getApplicationProtocol()).isEqualTo("http/1.1");
  }

  @Test
  void theServerNameIsTheHostOfIstiosName() throws SSLException {
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    EngineHandshake.between(client(tls(mesh.issue(STOREFRONT)), peer(CATALOG)), callee);

    assertThat(((ExtendedSSLSession) callee.getSession()).getRequestedServerNames())
        .containsExactly(new SNIHostName("catalog.shop.svc.cluster.local"));
  }

  /** Why the client sends no more than the host. Were it to fail, it could send the whole name. */
  @Test
  void jdkServersRefuseIstiosServerName() {
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG));
    SSLEngine jdk = ((DelegatingEngine) caller).jdk;
    SSLParameters parameters = jdk.getSSLParameters();
    parameters.setServerNames(
        List.of(new SNIServerName(0, SNI.getBytes(StandardCharsets.US_ASCII)) {}));
    jdk.setSSLParameters(parameters);

    assertThatThrownBy(
            () -> EngineHandshake.between(caller, server.serverEngine(List.of("http/1.1"))))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("Illegal server name");
  }

  @Test
  void anyIdentityOfTheTrustDomainServesWhereNoneIsNamed() throws SSLException {
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer());

    EngineHandshake.between(caller, server.serverEngine(List.of("http/1.1")));

    assertThat(caller.getApplicationProtocol()).isEqualTo("http/1.1");
  }

  @Test
  void itIsKnownWhichOfSeveralIdentitiesServes() throws SSLException {
    InetSocketAddress address = InetSocketAddress.createUnresolved("10.0.0.7", 8080);
    InetSocketAddress other = InetSocketAddress.createUnresolved("10.0.0.8", 8080);
    for (PeerTls peer : List.of(peer(), peer(CATALOG, STOREFRONT), peer(CATALOG))) {
      WorkloadTls client = tls(mesh.issue(STOREFRONT));
      assertThat(client.hasMet(peer, address)).isFalse();
      assertThat(client.serverId(peer, address)).isEqualTo(peer.onlyPeer());

      SSLEngine caller = client.clientContext(peer).createSSLEngine("10.0.0.7", 8080);
      EngineHandshake.between(caller, server.serverEngine(List.of("http/1.1")));

      assertThat(client.serverId(peer, address)).isEqualTo(CATALOG);
      assertThat(client.serverId(peer, other)).isEqualTo(peer.onlyPeer());
      assertThat(client.hasMet(peer, address)).isTrue();
      assertThat(client.hasMet(peer, other)).isFalse();
    }
  }

  @Test
  void aServerOfAnotherIdentityIsRefused() {
    assertRefused(tls(mesh.issue(STOREFRONT)), peer(CATALOG + "-v2"), server)
        .hasStackTraceContaining("not among the identities");
  }

  @Test
  void aServerOfAnotherTrustDomainIsRefusedThoughTheRootIsTrusted() {
    WorkloadTls stranger = tls(mesh.issue("spiffe://other/ns/shop/sa/catalog"));

    assertRefused(tls(mesh.issue(STOREFRONT)), peer(), stranger)
        .hasStackTraceContaining("not of the trust domain cluster.local");
  }

  @Test
  void aClientOfAnotherTrustDomainIsRefused() {
    Svid stranger = mesh.issue("spiffe://other/ns/shop/sa/storefront");

    assertRefused(judgedBy("cluster.local", stranger), peer(), server)
        .hasStackTraceContaining("not of the trust domain cluster.local");
  }

  /** MeshConfig.trustDomainAliases. */
  @Test
  void aClientOfATrustDomainThatIsAnAliasIsAcceptedForAsLongAsItIs() throws SSLException {
    Svid migrated = mesh.issue("spiffe://old/ns/shop/sa/storefront");
    server.trust(Set.of("old"));
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    EngineHandshake.between(
        client(judgedBy("cluster.local", migrated), peer(), "http/1.1"), callee);
    assertThat(server.peerId(callee.getSession())).isEqualTo("spiffe://old/ns/shop/sa/storefront");
    server.trust(Set.of());
    assertRefused(judgedBy("cluster.local", migrated), peer(), server)
        .hasStackTraceContaining("not of the trust domain cluster.local");
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefusedOnEitherSide() {
    TestAuthority forger = new TestAuthority().trusting(mesh);
    WorkloadTls forged = tls(forger.issue(CATALOG));

    assertRefused(tls(mesh.issue(STOREFRONT)), peer(CATALOG), forged)
        .hasStackTraceContaining("unable to find valid certification path");
    assertRefused(tls(forger.issue(STOREFRONT)), peer(CATALOG), server)
        .hasStackTraceContaining("unable to find valid certification path");
  }

  @Test
  void anExpiredCertificateIsRefusedOnEitherSide() {
    Instant now = Instant.now();
    WorkloadTls expired = tls(mesh.issue(now.minusSeconds(60), now.minusSeconds(1), CATALOG));

    assertRefused(tls(mesh.issue(STOREFRONT)), peer(CATALOG), expired)
        .hasStackTraceContaining("NotAfter");
    assertRefused(expired, peer(CATALOG), server).hasStackTraceContaining("NotAfter");
  }

  @Test
  void aCertificateWithTwoUrisIsRefusedOnEitherSide() {
    WorkloadTls ambiguous = tls(mesh.issue(CATALOG, STOREFRONT));

    assertRefused(tls(mesh.issue(STOREFRONT)), peer(CATALOG), ambiguous)
        .hasStackTraceContaining("more than one URI");
    assertRefused(ambiguous, peer(CATALOG), server).hasStackTraceContaining("more than one URI");
  }

  @Test
  void aClientWithoutCertificateIsRefused() throws Exception {
    SSLContext anonymous = SSLContext.getInstance("TLS", "SunJSSE");
    anonymous.init(null, new TrustManager[] {PeerTrust.chains(List.of(mesh.root()))}, null);
    SSLEngine caller = anonymous.createSSLEngine();
    caller.setUseClientMode(true);

    assertThatThrownBy(
            () -> EngineHandshake.between(caller, server.serverEngine(List.of("http/1.1"))))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("Empty client certificate chain");
  }

  @Test
  void aLibraryCannotWeakenTheHandshake() throws SSLException {
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    callee.setNeedClientAuth(false);
    callee.setWantClientAuth(false);
    callee.setSSLParameters(new SSLParameters(new String[0], new String[] {"TLSv1"}));
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG));
    SSLParameters parameters = caller.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName("localhost")));
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    caller.setSSLParameters(parameters);

    EngineHandshake.between(caller, callee);

    assertThat(server.peerId(callee.getSession())).isEqualTo(STOREFRONT);
    assertThat(callee.getNeedClientAuth()).isTrue();
    assertThat(caller.getSSLParameters().getEndpointIdentificationAlgorithm()).isEqualTo("HTTPS");
  }

  @Test
  void aSecondConnectionResumesTheSessionAndStillKnowsBothPeers() throws SSLException {
    WorkloadTls client = tls(mesh.issue(STOREFRONT));
    EngineHandshake full =
        EngineHandshake.between(
            client(client, peer(CATALOG)), server.serverEngine(List.of("http/1.1")));
    SSLEngine caller = client(client, peer(CATALOG));
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));

    EngineHandshake resumed = EngineHandshake.between(caller, callee);

    assertThat(resumed.serverFlight()).isLessThan(full.serverFlight() / 2);
    assertThat(server.peerId(callee.getSession())).isEqualTo(STOREFRONT);
    assertThat(client.peerId(caller.getSession())).isEqualTo(CATALOG);
    assertThat(callee.getApplicationProtocol()).isEqualTo("http/1.1");
  }

  /** A client takes anything that arrives on an idle connection for a reason to close it. */
  @Test
  void nothingFollowsWhatTheServerSends() throws SSLException {
    SSLEngine caller = client(tls(mesh.issue(STOREFRONT)), peer(CATALOG));
    SSLEngine callee = server.serverEngine(List.of("http/1.1"));
    EngineHandshake connection = EngineHandshake.between(caller, callee);

    for (int i = 0; i < 3; i++) {
      connection.serverSends("response");
      assertThat(callee.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
    }
  }

  @Test
  void aSessionIsNotResumedTowardsAnotherPeerOrAfterARenewal() throws SSLException {
    Svid[] identity = {mesh.issue(STOREFRONT)};
    WorkloadTls client = new WorkloadTls(() -> identity[0]);
    int full =
        EngineHandshake.between(
                client(client, peer(CATALOG)), server.serverEngine(List.of("http/1.1")))
            .serverFlight();

    assertThat(
            EngineHandshake.between(client(client, peer()), server.serverEngine(List.of("h2")))
                .serverFlight())
        .isGreaterThan(full / 2);
    assertRefused(client, peer(STOREFRONT), server);

    identity[0] = mesh.issue(STOREFRONT);
    assertThat(
            EngineHandshake.between(
                    client(client, peer(CATALOG)), server.serverEngine(List.of("http/1.1")))
                .serverFlight())
        .isGreaterThan(full / 2);
  }

  @Test
  void aPeerWhoseCertificateExpiredSinceIsNotResumed() throws SSLException {
    Instant[] now = {Instant.now()};
    Svid identity = mesh.issue(CATALOG);
    WorkloadTls callee = new WorkloadTls(() -> identity, () -> now[0]);
    WorkloadTls caller = tls(mesh.issue(STOREFRONT));
    EngineHandshake.between(
        client(caller, peer(CATALOG)), callee.serverEngine(List.of("http/1.1")));

    now[0] = now[0].plus(Duration.ofHours(2));

    assertRefused(caller, peer(CATALOG), callee).hasMessageContaining("NotAfter");
  }

  @Test
  void afterTheTrustBundleChangedAnOldSessionIsOfNoUse() throws SSLException {
    Svid[] serverIdentity = {mesh.issue(CATALOG)};
    WorkloadTls rotating = new WorkloadTls(() -> serverIdentity[0]);
    WorkloadTls client = tls(mesh.trusting(new TestAuthority()).issue(STOREFRONT));
    EngineHandshake.between(
        client(client, peer(CATALOG)), rotating.serverEngine(List.of("http/1.1")));

    Svid sameAgain = mesh.issue(CATALOG);
    serverIdentity[0] =
        new Svid(
            sameAgain.id(),
            sameAgain.key(),
            sameAgain.chain(),
            List.of(new TestAuthority().root()),
            sameAgain.expiry());

    assertRefused(client, peer(CATALOG), rotating)
        .hasStackTraceContaining("unable to find valid certification path");
  }

  @Test
  void rootsOverlapWhileTheyChange() throws SSLException {
    TestAuthority next = new TestAuthority().trusting(mesh);
    mesh.trusting(next);
    SSLEngine callee = tls(mesh.issue(CATALOG)).serverEngine(List.of("http/1.1"));

    EngineHandshake.between(client(tls(next.issue(STOREFRONT)), peer(CATALOG)), callee);

    assertThat(server.peerId(callee.getSession())).isEqualTo(STOREFRONT);
  }

  @Test
  void theContextIsTheSameUntilTheCertificateIsRenewed() {
    Svid[] identity = {mesh.issue(STOREFRONT)};
    WorkloadTls client = new WorkloadTls(() -> identity[0]);
    SSLContext before = client.clientContext(peer(CATALOG));

    assertThat(client.clientContext(peer(CATALOG))).isSameAs(before);
    assertThat(client.clientContext(peer())).isNotSameAs(before);
    identity[0] = mesh.issue(STOREFRONT);
    assertThat(client.clientContext(peer(CATALOG))).isNotSameAs(before);
  }

  @Test
  void withoutACertificateThereIsNoTls() {
    WorkloadTls nobody = new WorkloadTls(() -> null);

    assertThat(nobody.ready()).isFalse();
    assertThatThrownBy(() -> nobody.clientContext(peer()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> nobody.serverEngine(List.of("h2")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSessionOfTheApplicationsOwnTlsProvesNoMeshIdentity() throws Exception {
    SSLContext own = SSLContext.getInstance("TLS", "SunJSSE");
    own.init(null, null, null);

    assertThat(server.peerId(own.createSSLEngine().getSession())).isNull();
  }

  private static WorkloadTls tls(Svid svid) {
    return new WorkloadTls(() -> svid);
  }

  /** A client that itself believes {@code trustDomain}, though its certificate is of another. */
  private static WorkloadTls judgedBy(String trustDomain, Svid svid) {
    return tls(
        new Svid(
            new SpiffeId(trustDomain, "/ns/shop/sa/storefront"),
            svid.key(),
            svid.chain(),
            svid.trustBundle(),
            svid.expiry()));
  }

  private static PeerTls peer(String... allowed) {
    return new PeerTls(SNI, List.of(allowed), List.of("istio-h2", "istio-http/1.1", "istio"));
  }

  private static SSLEngine client(WorkloadTls tls, PeerTls peer, String... offered) {
    SSLEngine engine = tls.clientContext(peer).createSSLEngine("10.0.0.7", 8080);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(offered);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
      WorkloadTls client, PeerTls peer, WorkloadTls server) {
    return assertThatThrownBy(
            () ->
                EngineHandshake.between(
                    client(client, peer), server.serverEngine(List.of("h2", "http/1.1"))))
        .isInstanceOf(SSLException.class);
  }
}
