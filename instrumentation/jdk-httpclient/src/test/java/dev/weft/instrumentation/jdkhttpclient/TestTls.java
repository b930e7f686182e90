package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Two identities, self-signed, that trust each other; and a client's mesh TLS made of them. */
final class TestTls implements MeshTls {

  static final char[] PASSWORD = "changeit".toCharArray();

  final KeyStore server = identity("CN=server");
  final KeyStore client = identity("CN=client");
  final Map<UpstreamTls, SSLContext> contexts = new ConcurrentHashMap<>();

  /** Trusts {@code other}'s certificate alone. */
  static KeyStore trusting(KeyStore other) {
    try {
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("peer", other.getCertificate("key"));
      return trust;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static SSLContext context(@Nullable KeyStore own, KeyStore trust) {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, PASSWORD);
      TrustManagerFactory trusts =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusts.init(trust);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own == null ? null : keys.getKeyManagers(), trusts.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Finds no client's certificate good, each after the latch. Says so and reads on, so that the
   * client gets to hear it.
   */
  ServerSocket refusingServer(CountDownLatch before) {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(server, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), new TrustManager[] {new TrustNobody(before)}, null);
      ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
      Thread thread = new Thread(() -> refuse(socket, context.getSocketFactory()));
      thread.setDaemon(true);
      thread.start();
      return socket;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void refuse(ServerSocket server, SSLSocketFactory factory) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        SSLSocket secured = (SSLSocket) factory.createSocket(socket, null, false);
        secured.setNeedClientAuth(true);
        try {
          secured.startHandshake();
        } catch (IOException refused) {
          socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
      } catch (IOException e) {
        // closed
      }
    }
  }

  private record TrustNobody(CountDownLatch before) implements X509TrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      try {
        before.await();
      } catch (InterruptedException e) {
        throw new CertificateException(e);
      }
      throw new CertificateException("nobody");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("nobody");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static KeyStore identity(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      X500Principal principal = new X500Principal(name);
      Instant now = Instant.now();
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  new JcaX509v3CertificateBuilder(
                          principal,
                          BigInteger.ONE,
                          Date.from(now.minus(Duration.ofHours(1))),
                          Date.from(now.plus(Duration.ofHours(1))),
                          principal,
                          keys.getPublic())
                      .addExtension(
                          Extension.subjectAlternativeName,
                          false,
                          new GeneralNames(
                              new GeneralName[] {
                                new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                                // by which older clients know it
                                new GeneralName(GeneralName.dNSName, "localhost")
                              }))
                      .build(
                          new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("key", keys.getPrivate(), PASSWORD, new X509Certificate[] {certificate});
      return store;
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public SSLContext clientContext(UpstreamTls peer) {
    return contexts.computeIfAbsent(peer, key -> context(client, trusting(server)));
  }

  @Override
  public SSLEngine serverEngine(List<String> applicationProtocols) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable String peerId(SSLSession session) {
    throw new UnsupportedOperationException();
  }
}
