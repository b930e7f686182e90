package dev.weft.demo.process;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** Issues JSON Web Tokens (RS256), and serves the key set that they are verified by. */
public final class TokenIssuer implements AutoCloseable {

  private static final int KEY_BITS = 2048;
  private static final String PATH = "/keys";

  private final HttpServer server;
  private final String issuer;
  private final AtomicInteger fetches = new AtomicInteger();
  private volatile Key key;

  private record Key(String id, KeyPair pair) {

    static Key make(String id) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(KEY_BITS);
        return new Key(id, generator.generateKeyPair());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    /** As RFC 7517 writes it. */
    String json() {
      RSAPublicKey key = (RSAPublicKey) pair.getPublic();
      return """
          {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"%s","n":"%s","e":"%s"}]}"""
          .formatted(id, encoded(key.getModulus()), encoded(key.getPublicExponent()));
    }

    private static String encoded(BigInteger number) {
      byte[] bytes = number.toByteArray();
      int sign = bytes[0] == 0 ? 1 : 0;
      return TokenIssuer.encoded(Arrays.copyOfRange(bytes, sign, bytes.length));
    }
  }

  private TokenIssuer(HttpServer server, String issuer) {
    this.server = server;
    this.issuer = issuer;
    this.key = Key.make("1");
    server.createContext(PATH, this::serve);
    server.start();
  }

  /**
   * Serves its keys over plain HTTP.
   *
   * @param issuer what tokens have as {@code iss}
   */
  public static TokenIssuer start(String issuer) throws IOException {
    return new TokenIssuer(HttpServer.create(anyPort(), 0), issuer);
  }

  /**
   * Serves its keys over HTTPS.
   *
   * @param issuer what tokens have as {@code iss}
   * @param tls with the server's certificate
   */
  public static TokenIssuer start(String issuer, SSLContext tls) throws IOException {
    HttpsServer server = HttpsServer.create(anyPort(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return new TokenIssuer(server, issuer);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Signs by a new key from now on, and serves that one alone. */
  public void rotate() {
    key = Key.make(Integer.toString(Integer.parseInt(key.id()) + 1));
  }

  /**
   * @param valid from now on; negative for one that has expired
   */
  public String token(String subject, String audience, Duration valid) {
    return sign(
        "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"exp\":%d}"
            .formatted(issuer, subject, audience, Instant.now().plus(valid).getEpochSecond()));
  }

  /**
   * A token of any content.
   *
   * @param claims a JSON object
   */
  public String sign(String claims) {
    Key signing = key;
    String header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" + signing.id() + "\"}";
    String signed = encoded(header) + "." + encoded(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signing.pair().getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /**
   * Where the key set is: {@code jwksUri}.
   *
   * @param host a name of the loopback address
   */
  public String keys(String host) {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return scheme + "://" + host + ":" + port() + PATH;
  }

  /** The key set itself: {@code jwks}. */
  public String keySet() {
    return key.json();
  }

  /** How often the keys were asked for. */
  public int fetches() {
    return fetches.get();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      fetches.incrementAndGet();
      byte[] body = keySet().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String encoded(String text) {
    return encoded(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
