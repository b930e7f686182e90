package dev.weft.instrumentation.tomcat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of an application on each version of Tomcat on each JVM, from outside. */
@ParameterizedClass(name = "{0}")
@MethodSource("platforms")
abstract class OnEachTomcat {

  static final String CLIENT = "spiffe://cluster.local/ns/shop/sa/storefront";
  static final String SERVER = "spiffe://cluster.local/ns/shop/sa/catalog";

  private static final Path VERSIONS = Path.of("target/tomcat");

  static Path directory;

  static TestAuthority mesh;

  /** A client of the mesh that offers HTTP/1.1, and one that offers HTTP/2. */
  static SSLContext client;

  static SSLContext http2Client;

  /** A client with the right name from the wrong authority. */
  static SSLContext stranger;

  /** A client of the application's own TLS. */
  static SSLContext trustingApplication;

  /** What the application serves as {@code /file.bin}, a character for each byte. */
  static String file;

  @SuppressWarnings("NullAway.Init") // set before the tests of each platform
  static TomcatProcess tomcat;

  @Parameter @Nullable Platform platform;

  /** A version of Tomcat on a JVM. */
  record Platform(String version, String javaHome) {
    @Override
    public String toString() {
      return "Tomcat " + version + " on " + Path.of(javaHome).getFileName();
    }
  }

  static Stream<Platform> platforms() throws IOException {
    List<String> jvms = new ArrayList<>(List.of(System.getProperty("java.home")));
    Arrays.stream(System.getProperty("weft.test.jdks", "").split(",", -1))
        .filter(home -> !home.isBlank() && !jvms.contains(home))
        .forEach(jvms::add);
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .map(version -> version.getFileName().toString())
          .sorted()
          .flatMap(version -> jvms.stream().map(jvm -> new Platform(version, jvm)))
          .toList()
          .stream();
    }
  }

  @BeforeAll
  static void issueCertificates(@TempDir Path temporary) throws Exception {
    directory = temporary;
    mesh = new TestAuthority();
    mesh.issue(directory.resolve("server.p12"), uri(SERVER));
    mesh.issue(directory.resolve("client.p12"), uri(CLIENT));
    client = TestTls.meshClient(directory.resolve("client.p12"), "istio-http/1.1", "istio");
    http2Client = TestTls.meshClient(directory.resolve("client.p12"), "istio-h2");
    TestAuthority other = new TestAuthority();
    other.issue(directory.resolve("stranger.p12"), uri(CLIENT));
    stranger = TestTls.context(directory.resolve("stranger.p12"));
    TestAuthority application = new TestAuthority();
    application.issue(
        directory.resolve("application.p12"), new GeneralName(GeneralName.dNSName, "app"));
    trustingApplication = TestTls.context(directory.resolve("application.p12"));
    byte[] bytes = new byte[5_000_000];
    new Random(1).nextBytes(bytes);
    file = new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @BeforeParameterizedClassInvocation
  static void start(Platform platform) throws Exception {
    Path base = Files.createTempDirectory(directory, platform.version());
    Files.copy(directory.resolve("application.p12"), base.resolve("application.p12"));
    Files.writeString(
        Files.createDirectory(base.resolve("www")).resolve("file.bin"),
        file,
        StandardCharsets.ISO_8859_1);
    tomcat =
        TomcatProcess.start(
            Path.of(platform.javaHome()),
            VERSIONS.resolve(platform.version()).toAbsolutePath(),
            base,
            directory.resolve("server.p12"));
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    tomcat.close();
  }

  @BeforeEach
  void permissive() throws IOException {
    tomcat.command("mode PERMISSIVE");
  }

  static GeneralName uri(String uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
  }
}
