package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateResponse;
import dev.weft.xds.proto.IstioCertificateServiceGrpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The connection over TLS, with the JDK's own engine and a given trust. */
class ControlConnectionTlsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  @Test
  void trustsTheGivenRootOnly(@TempDir Path directory) throws Exception {
    KeyStore keys = selfSigned(directory, "localhost");
    KeyManagerFactory identity =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(keys, PASSWORD);
    Server server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TlsServerCredentials.newBuilder().keyManager(identity.getKeyManagers()).build())
            .addService(new Echo())
            .build()
            .start();
    String address = "localhost:" + server.getPort();
    try {
      assertThat(sign(address, trusting(keys))).containsExactly("signed");
      assertThatThrownBy(() -> sign(address, trusting(selfSigned(directory, "elsewhere"))))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("SSLHandshakeException");
      assertThatThrownBy(() -> sign("127.0.0.1:" + server.getPort(), trusting(keys)))
          .as("the certificate is for another name")
          .isInstanceOf(IOException.class);
    } finally {
      server.shutdownNow();
    }
  }

  private static List<String> sign(String address, SSLSocketFactory tls) throws IOException {
    try (ControlConnection connection =
        ControlConnection.open(
            List.of(new ControlServer(address, tls, TokenSource.NONE)), "weft-test/1.2")) {
      return new CertificateClient(connection).sign("request", 0);
    }
  }

  private static SSLSocketFactory trusting(KeyStore keys) throws Exception {
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", keys.getCertificate("key"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  /** By the JDK's keytool: the JDK has no public way to make a certificate. */
  private static KeyStore selfSigned(Path directory, String name) throws Exception {
    Path file = directory.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=dns:" + name,
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  private static final class Echo
      extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    @Override
    public void createCertificate(
        IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> response) {
      response.onNext(IstioCertificateResponse.newBuilder().addCertChain("signed").build());
      response.onCompleted();
    }
  }
}
