package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What gets in through a guarded port, and as what. */
class GuardTest extends OnEachTomcat {

  @Test
  void permissiveTakesPlaintextAndMeshTlsOnOnePort() throws IOException {
    try (Wire plain = Wire.plain(tomcat.port());
        Wire mesh = Wire.mesh(tomcat.port(), client)) {
      assertThat(plain.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("inbound")).contains(" null ");
      tomcat.awaitEvent("completed /report");
      tomcat.forget();
      assertThat(mesh.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("inbound")).contains(' ' + CLIENT + ' ');
    }
  }

  @Test
  void whatIsLetInUnprovedIsReportedAndWhatProvedItselfIsNot() throws IOException {
    try (Wire mesh = Wire.mesh(tomcat.port(), client)) {
      assertThat(mesh.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.events()).noneMatch(event -> event.startsWith("admitted"));
    }
    try (Wire plain = Wire.plain(tomcat.port())) {
      assertThat(plain.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("admitted")).isEqualTo("admitted " + tomcat.port() + " true");
    }
  }

  @Test
  void strictRefusesAllButMeshTls() throws IOException {
    tomcat.command("mode STRICT");
    try (Wire plain = Wire.plain(tomcat.port());
        Wire mesh = Wire.mesh(tomcat.port(), client);
        Wire meshOnTls = Wire.mesh(tomcat.tlsPort(), client)) {
      plain.send("GET", "/report");
      assertThat(plain.isClosedByServer()).isTrue();
      assertThat(mesh.get("/report").status()).isEqualTo(200);
      assertThat(meshOnTls.get("/report").status()).isEqualTo(200);
    }
    assertThatThrownBy(() -> Wire.tls(tomcat.tlsPort(), trustingApplication))
        .isInstanceOf(IOException.class);
  }

  @Test
  void strictSeesNothingOfAnEmptyConnection() throws IOException {
    tomcat.command("mode STRICT");
    try (Wire plain = Wire.plain(tomcat.port())) {
      plain.socket().shutdownOutput();
      assertThat(plain.isClosedByServer()).isTrue();
    }
    assertThat(tomcat.events()).noneMatch(event -> event.startsWith("inbound"));
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
  void strangersFailTheHandshake() {
    assertThatThrownBy(
            () -> {
              // With TLS 1.3 a client learns of it when it reads.
              try (Wire wire = Wire.tls(tomcat.port(), stranger, "istio-http/1.1")) {
                wire.get("/report");
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(tomcat.events()).noneMatch(event -> event.startsWith("inbound"));
  }

  @Test
  void applicationsOwnTlsIsUntouched() throws IOException {
    try (Wire wire = Wire.tls(tomcat.tlsPort(), trustingApplication, "http/1.1")) {
      Wire.Response report = wire.get("/report");
      assertThat(report.line("scheme")).isEqualTo("https");
      assertThat(report.line("secure")).isEqualTo("true");
      assertThat(report.line("cipher")).startsWith("TLS_");
      assertThat(tomcat.awaitEvent("inbound")).contains(" null ");
    }
    try (Wire plain = Wire.plain(tomcat.tlsPort())) {
      assertThat(plain.get("/report").status()).isEqualTo(400);
    }
  }

  @Test
  void applicationsTlsPortTakesTheMeshToo() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.tlsPort(), client)) {
      Wire.Response report = wire.get("/report");
      assertThat(report.status()).isEqualTo(200);
      assertThat(report.line("certificate")).isEqualTo("null");
      assertThat(report.line("cipher")).isEqualTo("null");
      assertThat(tomcat.awaitEvent("inbound")).contains(' ' + CLIENT + ' ');
    }
  }

  @Test
  void applicationSeesNoTls() throws IOException {
    try (Wire plain = Wire.plain(tomcat.port());
        Wire mesh = Wire.mesh(tomcat.port(), client)) {
      Wire.Response without = plain.get("/report");
      Wire.Response with = mesh.get("/report");
      for (String fact :
          List.of("scheme", "secure", "certificate", "cipher", "attributes", "remote", "url")) {
        assertThat(with.line(fact)).as(fact).isEqualTo(without.line(fact));
      }
      assertThat(with.line("scheme")).isEqualTo("http");
      assertThat(with.line("secure")).isEqualTo("false");
      assertThat(with.line("certificate")).isEqualTo("null");
      assertThat(with.line("remotePort")).isEqualTo("" + mesh.localPort());
      assertThat(with.line("localPort")).isEqualTo("" + tomcat.port());
    }
  }

  @Test
  void clientHelloArrivingByteByByte() throws Exception {
    try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket server = new Socket(InetAddress.getLoopbackAddress(), tomcat.port())) {
      server.setTcpNoDelay(true);
      Thread backward = new Thread(() -> accept(slow, server));
      backward.start();
      try (Wire wire = Wire.mesh(slow.getLocalPort(), client)) {
        assertThat(wire.get("/report").status()).isEqualTo(200);
      }
      backward.join(TimeUnit.SECONDS.toMillis(10));
    }
  }

  /** Forwards both ways; what the client sends at first, a byte at a time. */
  private static void accept(ServerSocket slow, Socket server) {
    try (Socket client = slow.accept()) {
      Thread back =
          new Thread(
              () -> {
                try {
                  server.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException e) {
                  // Over.
                }
              });
      back.setDaemon(true);
      back.start();
      OutputStream out = server.getOutputStream();
      for (int sent = 0; ; sent++) {
        int b = client.getInputStream().read();
        if (b < 0) {
          server.shutdownOutput();
          return;
        }
        out.write(b);
        if (sent < 600) {
          TimeUnit.MICROSECONDS.sleep(200);
        }
      }
    } catch (IOException | InterruptedException e) {
      // Over.
    }
  }

  @Test
  void unfinishedClientHelloIsBoundedByTheConnectionTimeout() throws IOException {
    try (Wire wire = Wire.plain(tomcat.http1Port())) {
      wire.write(new byte[] {0x16, 3, 1, 2, 0, 1});
      wire.socket().setSoTimeout(10_000); // the connector's timeout is 2 seconds
      assertThat(wire.isClosedByServer()).isTrue();
    }
  }

  @Test
  void endlessClientHelloIsTheApplications() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      byte[] record = new byte[5 + 16_000];
      record[0] = 0x16;
      record[1] = 3;
      record[2] = 3;
      record[3] = (byte) (16_000 >> 8);
      record[4] = (byte) (16_000 & 0xff);
      record[5] = 1; // a ClientHello
      record[7] = (byte) 0x70; // of 28 KB
      wire.write(record);
      wire.write(record);
      wire.write(record);
      // Tomcat's own answer to what isn't HTTP.
      assertThat(wire.read().status()).isEqualTo(400);
    }
  }

  @Test
  void channelsKeptForLaterConnectionsMixNothingUp() throws IOException {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      try (Wire wire = i % 3 == 0 ? Wire.plain(tomcat.port()) : Wire.mesh(tomcat.port(), client)) {
        assertThat(wire.get("/report").status()).isEqualTo(200);
        seen.add(tomcat.awaitEvent("inbound").split(" ", -1)[5]);
        tomcat.forget();
      }
      try (Wire wire = Wire.plain(tomcat.port())) {
        // Closed again before anything was known about it.
        assertThat(wire.socket().isConnected()).isTrue();
      }
    }
    for (int i = 0; i < seen.size(); i++) {
      assertThat(seen.get(i)).isEqualTo(i % 3 == 0 ? "null" : CLIENT);
    }
  }

  @Test
  void aConnectionEndsWithItsPeersCertificate() throws Exception {
    Instant notAfter = Instant.now().plusSeconds(6).truncatedTo(ChronoUnit.SECONDS);
    Path brief = directory.resolve("brief.p12");
    mesh.issue(brief, uri(CLIENT), notAfter);
    try (Wire wire = Wire.mesh(tomcat.port(), TestTls.meshClient(brief, "istio-http/1.1"))) {
      assertThat(wire.get("/report").status()).isEqualTo(200);
      // A certificate is good to the end of its last millisecond.
      Instant ended = notAfter.plusMillis(1);
      await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(ended));
      tomcat.forget();
      wire.send("GET", "/report");
      assertThat(wire.isClosedByServer()).isTrue();
      assertThat(tomcat.events()).noneMatch(event -> event.startsWith("inbound"));
    }
  }

  @Test
  void aPortIsServedAfterItIsGuarded() {
    String port = Integer.toString(tomcat.port());
    assertThat(tomcat.startup())
        .containsSubsequence("binding", "guard " + port + " tomcat", "bound", "serving " + port);
    assertThat(tomcat.startup()).doesNotContain("serving " + tomcat.nio2Port());
  }

  @Test
  void failureOfTheGuardClosesTheConnection() throws IOException {
    tomcat.command("failing true");
    try (Wire plain = Wire.plain(tomcat.port())) {
      plain.send("GET", "/report");
      assertThat(plain.isClosedByServer()).isTrue();
      assertThatThrownBy(() -> Wire.mesh(tomcat.port(), client)).isInstanceOf(IOException.class);
      assertThat(tomcat.events()).noneMatch(event -> event.startsWith("inbound"));
    } finally {
      tomcat.command("failing false");
    }
    try (Wire plain = Wire.plain(tomcat.port())) {
      assertThat(plain.get("/report").status()).isEqualTo(200);
    }
  }

  /** The agent's jar may be gone by then. */
  @Test
  void whatSaysThatTheGuardFailedIsLoadedBeforehand() {
    assertThat(tomcat.startup())
        .contains("guard can say that it failed")
        .doesNotContain("guard can not say that it failed");
  }

  @Test
  void onlyNioEndpointsAreGuarded() throws IOException {
    assertThat(tomcat.guarded())
        .containsExactlyInAnyOrder(
            tomcat.port(), tomcat.http1Port(), tomcat.tlsPort(), tomcat.pausingPort());
    // Of no use there, but its requests are judged and observed all the same.
    try (Wire wire = Wire.plain(tomcat.nio2Port())) {
      assertThat(wire.get("/report").status()).isEqualTo(200);
      assertThat(tomcat.awaitEvent("inbound")).endsWith(wire.localPort() + " " + tomcat.nio2Port());
    }
  }
}
