package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sockets of Tomcat 9's APR connector, of which the JDK knows nothing. What native code is told too
 * late about a socket ends the JVM, so each test also asks how that ended.
 */
final class AprListenerIT {

  /** Far more than Tomcat is told to have at a time. */
  private static final int CONNECTIONS = 50;

  private static final String APR = "org.apache.tomcat.util.net.AprEndpoint";

  /** Of a JVM that ran its shutdown hooks. */
  private static final int ENDED_BY_SIGTERM = 128 + 15;

  private Path library;

  @BeforeEach
  void findLibrary() throws IOException {
    library = OutsideTool.requireLibrary("libtcnative-1.so");
  }

  /**
   * @param failing whether all advice throws: the guard then answers by what it has for that case
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areClosedFromTheFirstConnectionUnderStrict(boolean failing) throws Exception {
    for (Path javaHome : Jdks.all()) {
      Path directory = ShopMesh.directory("apr-strict");
      MeshedApplication.Builder builder =
          tomcat(directory)
              .javaHome(javaHome)
              .jvmOption("-Dweft.test.advice.fail=" + failing)
              .environment("WEFT_CONTROL", "127.0.0.1:" + Http.freePort())
              .environment("WEFT_INBOUND_INITIAL", "strict");
      try (MeshedApplication tomcat = builder.start(directory)) {
        http(tomcat).assertClosesUnanswered(CONNECTIONS);
        if (!failing) {
          http(tomcat).assertShownAsUnguarded(APR);
          assertThat(Http.get(tomcat.adminUrl("/healthz/ready")).body())
              .as("a port whose connections are closed keeps nobody from being ready")
              .doesNotContain("STRICT");
          assertNoticesNothing(tomcat);
        }
        assertStopsInGoodOrder(tomcat);
        Observed.print(
            "Tomcat 9's APR sockets, STRICT%s: %d of %d connections closed unanswered",
            failing ? ", every advice failing" : "", CONNECTIONS, CONNECTIONS);
      }
    }
  }

  @Test
  void areServedUntilTheyTurnStrict() throws Exception {
    for (Path javaHome : Jdks.all()) {
      try (ShopMesh mesh = ShopMesh.open("apr", javaHome)) {
        MeshedApplication tomcat =
            mesh.start(
                tomcat(mesh.directory()).javaHome(javaHome).joins(mesh.control(), "shop/tomcat"));
        mesh.awaitServing(tomcat);
        try (Socket socket = http(tomcat).connect();
            RawConnection connection = new RawConnection(socket)) {
          assertThat(connection.response().body()).isEqualTo("ok");
          assertThat(connection.get("/").body()).as("the connection is kept").isEqualTo("ok");
          http(tomcat).assertShownAsUnguarded(APR);
          mesh.apply("shop-strict.yaml");
          assertThat(UnguardedPort.firstByte(socket)).as("the connection ends").isEqualTo(-1);
        }
        assertThat(http(tomcat).closesUnanswered()).isTrue();
        assertThat(Http.get(tomcat.adminUrl("/healthz/ready")).statusCode()).isEqualTo(200);
        assertNoticesNothing(tomcat);
        assertStopsInGoodOrder(tomcat);
        Observed.print(
            "Tomcat 9's APR sockets: served and shown as unguarded; turned STRICT, what was open is"
                + " closed and what comes is refused");
      }
    }
  }

  /**
   * @param directory for what Tomcat writes
   */
  private MeshedApplication.Builder tomcat(Path directory) {
    Path jar =
        Path.of(System.getProperty("weft.root", ".."))
            .resolve("smoke-tests/apps/apr/target/apr.jar")
            .toAbsolutePath();
    return ShopMesh.sparing(MeshedApplication.builder("tomcat", jar, ShopMesh.agent()))
        .jvmOption("-Djava.library.path=" + library)
        .jvmOption("-Dcatalina.base=" + directory)
        .environment("WEFT_SERVICE", "tomcat");
  }

  private static UnguardedPort http(MeshedApplication tomcat) {
    return new UnguardedPort(tomcat, tomcat.port(), RawConnection.request("/"));
  }

  private static void assertNoticesNothing(MeshedApplication tomcat) {
    assertThat(tomcat.process().output()).doesNotContain("Exception", "SEVERE");
  }

  private static void assertStopsInGoodOrder(MeshedApplication tomcat) throws Exception {
    assertThat(tomcat.process().terminate(ShopMesh.SOON)).isEqualTo(ENDED_BY_SIGTERM);
    assertThat(tomcat.process().output())
        .contains("Loaded Apache Tomcat Native library", "\nstopped\n");
  }
}
