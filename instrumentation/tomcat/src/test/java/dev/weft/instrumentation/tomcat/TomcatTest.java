package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Each version of Tomcat on each JVM, seen from outside. */
@ParameterizedClass(name = "{0}")
@MethodSource("platforms")
class TomcatTest {

  private static final String CLIENT = "spiffe://cluster.local/ns/shop/sa/storefront";

  /** A version of Tomcat on a JVM. */
  record Platform(String version, String javaHome) {
    @Override
    public String toString() {
      return "Tomcat " + version + " on " + Path.of(javaHome).getFileName();
    }
  }

  private static final Path VERSIONS = Path.of("target/tomcat");

  private static Path directory;
  private static SSLContext client;
  private static SSLContext stranger;
  private static SSLContext trustingApplication;
  private static byte[] file;

  @Parameter @Nullable Platform platform;

  @SuppressWarnings("NullAway.Init") // set before the tests of each platform
  private static TomcatProcess tomcat;

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
    TestAuthority mesh = new TestAuthority();
    mesh.issue(directory.resolve("server.p12"), uri("spiffe://cluster.local/ns/shop/sa/catalog"));
    mesh.issue(directory.resolve("client.p12"), uri(CLIENT));
    client = TestTls.context(directory.resolve("client.p12"));
    TestAuthority other = new TestAuthority();
    other.issue(directory.resolve("stranger.p12"), uri(CLIENT));
    stranger = TestTls.context(directory.resolve("stranger.p12"));
    TestAuthority application = new TestAuthority();
    application.issue(
        directory.resolve("application.p12"), new GeneralName(GeneralName.dNSName, "app"));
    trustingApplication = TestTls.context(directory.resolve("application.p12"));
    file = new byte[5_000_000];
    new Random(1).nextBytes(file);
  }

  @BeforeParameterizedClassInvocation
  static void start(Platform platform) throws Exception {
    Path base = Files.createTempDirectory(directory, platform.version());
    Files.copy(directory.resolve("application.p12"), base.resolve("application.p12"));
    Files.write(Files.createDirectory(base.resolve("www")).resolve("file.bin"), file);
    tomcat =
        TomcatProcess.start(
            Path.of(platform.javaHome()),
            VERSIONS.resolve(platform.version()).toAbsolutePath(),
            base,
            directory.resolve("server.p12"));
  }

  private static GeneralName uri(String uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
  }

  @BeforeEach
  void permissive() throws IOException {
    tomcat.command("mode PERMISSIVE");
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    tomcat.close();
  }

  @Test
  void permissiveTakesPlaintextAndMeshTlsOnOnePort() throws IOException {
    try (Wire plain = Wire.plain(tomcat.port());
        Wire mesh = Wire.mesh(tomcat.port(), client)) {
      assertThat(plain.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("inbound"))
          .isEqualTo(
              "inbound GET /report app HTTP/1.1 null " + plain.localPort() + " " + tomcat.port());
      tomcat.awaitEvent("completed /report");
      tomcat.forget();
      assertThat(mesh.get("/report?x=1").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("inbound"))
          .isEqualTo(
              "inbound GET /report?x=1 app HTTP/1.1 "
                  + CLIENT
                  + " "
                  + mesh.localPort()
                  + " "
                  + tomcat.port());
      tomcat.awaitEvent("responded /report?x=1 200 text/plain");
      tomcat.awaitEvent("completed /report?x=1");
    }
  }

  @Test
  void strictRefusesAllButMeshTls() throws IOException {
    tomcat.command("mode STRICT");
    try (Wire plain = Wire.plain(tomcat.port());
        Wire mesh = Wire.mesh(tomcat.port(), client)) {
      plain.send("GET", "/report");
      assertThat(plain.isClosedByServer()).isTrue();
      assertThat(mesh.get("/report").status()).isEqualTo(200);
    }
    assertThatThrownBy(() -> Wire.tls(tomcat.tlsPort(), trustingApplication))
        .isInstanceOf(IOException.class);
  }

  @Test
  void disableLeavesEverythingToTheApplication() throws IOException {
    tomcat.command("mode DISABLE");
    try (Wire plain = Wire.plain(tomcat.port());
        Wire tls = Wire.tls(tomcat.tlsPort(), trustingApplication)) {
      assertThat(plain.get("/report").status()).isEqualTo(200);
      assertThat(tls.get("/report").status()).isEqualTo(200);
    }
    assertThatThrownBy(() -> Wire.mesh(tomcat.port(), client)).isInstanceOf(IOException.class);
  }

  @Test
  void refusalIsAnAnswerAndKeepsTheConnection() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      wire.send("POST", "/echo", "x-judge: refuse", "content-length: 5000");
      wire.write(new byte[5000]);
      Wire.Response refused = wire.read();
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).isEqualTo("RBAC: access denied");
      assertThat(refused.headers())
          .containsEntry("content-length", "19")
          .containsEntry("content-type", "text/plain")
          .containsEntry("x-policy", "none of yours");
      tomcat.awaitEvent("completed /echo");
      assertThat(wire.get("/report").status()).isEqualTo(200);
    }
  }

  @Test
  void applicationSeesNoTls() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      Wire.Response report = wire.get("/report");
      assertThat(report.line("scheme")).isEqualTo("http");
      assertThat(report.line("secure")).isEqualTo("false");
      assertThat(report.line("certificate")).isEqualTo("null");
      assertThat(report.line("cipher")).isEqualTo("null");
      assertThat(report.line("remote")).isEqualTo("127.0.0.1");
      assertThat(report.line("remotePort")).isEqualTo("" + wire.localPort());
      assertThat(report.line("localPort")).isEqualTo("" + tomcat.port());
      assertThat(report.line("url")).isEqualTo("http://app/report");
      assertThat(report.line("context")).isEqualTo("trace-of-/report");
    }
  }

  @Test
  void strangersFailTheHandshake() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), stranger)) {
      // With TLS 1.3 a client learns of it when it reads.
      assertThatThrownBy(() -> wire.get("/report")).isInstanceOf(IOException.class);
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
    assertThat(tomcat.events()).noneMatch(event -> event.startsWith("inbound"));
  }
}
