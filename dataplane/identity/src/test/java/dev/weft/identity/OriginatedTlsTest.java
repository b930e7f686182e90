package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.OriginatedTls.ClientCertificate;
import dev.weft.engine.spi.TlsStatistics;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Istio, ClientTLSSettings of the modes SIMPLE and MUTUAL, towards a server of the JDK's. */
class OriginatedTlsTest {

  private static final String SNI = "api.example.com";

  @TempDir Path files;

  private final TestAuthority authority = new TestAuthority();
  private final KeyPair serverKey = TestAuthority.newKey();
  private final X509Certificate serverCertificate =
      authority.certify(serverKey.getPublic(), "*.example.com", "spiffe://out/api");
  private final WorkloadTls client = new WorkloadTls(() -> null);
  private SSLServerSocket server;

  @BeforeEach
  void start() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[] {new OneKeyManager(serverKey.getPrivate(), List.of(serverCertificate))},
        new TrustManager[] {PeerTrust.chains(List.of(authority.root()))},
        new SecureRandom());
    server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setWantClientAuth(true);
    Thread thread = new Thread(this::serve, "server");
    thread.setDaemon(true);
    thread.start();
    pem("roots.pem", authority.root());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    client.use(Set.of());
  }

  /** Answers with the server name, and the client's certificate. */
  private void serve() {
    while (!server.isClosed()) {
      try (Socket connection = server.accept()) {
        SSLSocket tls = (SSLSocket) connection;
        tls.getInputStream().read(new byte[10_000]);
        ExtendedSSLSession session = (ExtendedSSLSession) tls.getSession();
        String body =
            session.getRequestedServerNames() + " " + session.getProtocol() + " " + client(session);
        tls.getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body)
                    .getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // The client refused, or it is over.
      }
    }
  }

  private static @Nullable Collection<List<?>> client(ExtendedSSLSession session) {
    try {
      return ((X509Certificate) session.getPeerCertificates()[0]).getSubjectAlternativeNames();
    } catch (Exception e) {
      return null;
    }
  }

  private String pem(String name, Object... objects) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      for (Object object : objects) {
        writer.writeObject(object);
      }
    }
    return write(name, text.toString());
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(files.resolve(name), text).toString();
  }

  private OriginatedTls simple(List<String> names) {
    return tls(names, true, files.resolve("roots.pem").toString(), null, null);
  }

  private static OriginatedTls tls(
      List<String> names,
      boolean verified,
      @Nullable String roots,
      @Nullable String revoked,
      @Nullable ClientCertificate certificate) {
    return new OriginatedTls(SNI, names, verified, roots, revoked, certificate, List.of());
  }

  private String call(OriginatedTls tls) throws Exception {
    client.use(Set.of(tls));
    assertThat(client.ready(tls)).isTrue();
    HttpClient http = HttpClient.newBuilder().sslContext(client.clientContext(tls)).build();
    return http.send(
            HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.getLocalPort() + "/"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void asksForTheServerNameAndShowsNothing() throws Exception {
    assertThat(call(simple(List.of(SNI)))).contains("value=" + SNI, "TLSv1.3").endsWith("null");
    assertThat(client.ready()).as("of the mesh there is no certificate").isFalse();
  }

  /** As HttpURLConnection, over a socket that is connected already. */
  @Test
  void socketsAreAsGoodAsEngines() throws Exception {
    OriginatedTls tls = simple(List.of(SNI));
    client.use(Set.of(tls));
    try (Socket plain = new Socket(server.getInetAddress(), server.getLocalPort());
        SSLSocket socket =
            (SSLSocket)
                client
                    .clientContext(tls)
                    .getSocketFactory()
                    .createSocket(plain, "127.0.0.1", server.getLocalPort(), true)) {
      socket.startHandshake();
      assertThat(client.remembersCaller(socket)).isFalse();
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .contains("200 OK", "value=" + SNI);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Envoy, match_typed_subject_alt_names: a wildcard of the certificate's is one label.
    "api.example.com, true",
    "API.Example.com, true",
    "spiffe://out/api, true",
    "a.b.example.com, false",
    "example.com, false",
    "api.example.org, false",
    "spiffe://out/other, false",
  })
  void theServerMustHaveOneOfTheNames(String name, boolean believed) throws Exception {
    OriginatedTls tls = simple(List.of("unknown.example.net", name));
    if (believed) {
      assertThat(call(tls)).contains(SNI);
    } else {
      assertThatThrownBy(() -> call(tls))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("is for none of");
    }
  }

  @Test
  void otherRootsAreNotBelieved() throws Exception {
    String others = pem("others.pem", new TestAuthority().root());
    assertThatThrownBy(() -> call(tls(List.of(), true, others, null, null)))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(() -> call(tls(List.of(), true, null, null, null)))
        .as("nor does the JVM know the root")
        .isInstanceOf(SSLException.class);
    assertThat(call(tls(List.of("nobody"), false, others, null, null)))
        .as("insecureSkipVerify")
        .contains(SNI);
  }

  @Test
  void whatIsRevokedIsNotBelieved() throws Exception {
    String roots = files.resolve("roots.pem").toString();
    String none = pem("none.pem", authority.revocation());
    assertThat(call(tls(List.of(SNI), true, roots, none, null))).contains(SNI);
    String all = pem("all.pem", authority.revocation(serverCertificate));
    assertThatThrownBy(() -> call(tls(List.of(SNI), true, roots, all, null)))
        .isInstanceOf(SSLException.class);
  }

  /** An empty list of lists would be one by which nothing is revoked; a device has no end. */
  @ParameterizedTest
  @ValueSource(strings = {"empty.pem", "/dev/zero"})
  void whatIsNoListOfTheRevokedIsNotTakenForOne(String file) throws Exception {
    write("empty.pem", "");
    String roots = files.resolve("roots.pem").toString();
    OriginatedTls tls = tls(List.of(SNI), true, roots, files.resolve(file).toString(), null);
    OriginatedContexts contexts =
        new OriginatedContexts(new SecureRandom(), other -> new TlsStatistics());
    contexts.use(Set.of(tls));
    assertThat(contexts.find(tls)).isNull();
    contexts.use(Set.of());
  }

  /** MUTUAL, with a key in each form that OpenSSL writes. */
  @ParameterizedTest
  @ValueSource(strings = {"EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY"})
  void showsTheClientsCertificate(String form) throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPair key = form.startsWith("RSA") ? rsa.generateKeyPair() : TestAuthority.newKey();
    String keyFile =
        switch (form) {
          case "EC PRIVATE KEY" -> write("key.pem", Pem.encode(form, sec1(key.getPrivate())));
          case "RSA PRIVATE KEY" -> pem("key.pem", key.getPrivate());
          default -> write("key.pem", Pem.encode(form, key.getPrivate().getEncoded()));
        };
    assertThat(Files.readString(Path.of(keyFile))).contains("BEGIN " + form);
    String chain = pem("chain.pem", authority.certify(key.getPublic(), "client.example.com"));
    OriginatedTls tls =
        tls(
            List.of(SNI),
            true,
            files.resolve("roots.pem").toString(),
            null,
            new ClientCertificate(chain, keyFile));
    assertThat(call(tls)).contains("client.example.com");
  }

  /** As {@code openssl ecparam -genkey} writes it (RFC 5915), which names the curve. */
  private static byte[] sec1(PrivateKey key) {
    byte[] number = ((ECPrivateKey) key).getS().toByteArray();
    byte[] padded = new byte[32];
    int length = Math.min(32, number.length);
    System.arraycopy(number, number.length - length, padded, 32 - length, length);
    return DerWriter.sequence(
        DerWriter.smallInteger(1),
        DerWriter.octetString(padded),
        DerWriter.constructed(0, DerWriter.objectIdentifier(1, 2, 840, 10045, 3, 1, 7)));
  }

  /**
   * As Envoy's secrets from files: a missing one keeps it from connecting, a bad one is not used.
   */
  @Test
  void filesAreReadAgainWhenTheyChange() throws Exception {
    OriginatedContexts contexts =
        new OriginatedContexts(new SecureRandom(), tls -> new TlsStatistics());
    OriginatedTls tls = tls(List.of(), true, files.resolve("late.pem").toString(), null, null);
    contexts.use(Set.of(tls));
    assertThat(contexts.find(tls)).as("without its file").isNull();

    pem("late.pem", authority.root());
    contexts.look();
    SSLContext first = contexts.find(tls);
    assertThat(first).isNotNull();
    contexts.look();
    assertThat(contexts.find(tls)).as("nothing has changed").isSameAs(first);

    write("late.pem", "no certificate");
    contexts.look();
    assertThat(contexts.find(tls)).as("the last good one").isSameAs(first);

    pem("late.pem", authority.root(), new TestAuthority().root());
    contexts.look();
    assertThat(contexts.find(tls)).isNotNull().isNotSameAs(first);
    contexts.use(Set.of());
  }
}
