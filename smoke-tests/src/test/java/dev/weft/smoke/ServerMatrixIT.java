package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every generation of the server, on every JDK, in every manner of answering. */
final class ServerMatrixIT {

  private static final Path APPS =
      Path.of(System.getProperty("weft.root", "..")).resolve("smoke-tests/apps").toAbsolutePath();
  private static final List<String> STACKS = List.of("boot27", "boot35", "boot40", "war");

  /** How a connection comes in. */
  private interface Way {
    Socket connect(int port) throws IOException;
  }

  @Test
  void everyServerAnswersUnharmed() throws Exception {
    List<String> failures = new ArrayList<>();
    StringBuilder matrix = new StringBuilder(line("", List.of(Manner.values())));
    for (Path javaHome : Jdks.all()) {
      try (ShopMesh mesh = ShopMesh.open("matrix", javaHome)) {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put("plaintext", port -> new Socket(InetAddress.getLoopbackAddress(), port));
        ways.put(
            "mTLS",
            MeshPeer.of(
                    mesh.directory().resolve("state"),
                    "spiffe://cluster.local/ns/shop/sa/storefront")
                ::connect);
        Map<String, MeshedApplication> servers = new LinkedHashMap<>();
        for (String stack : STACKS) {
          servers.put(stack, mesh.start(server(mesh, stack)));
        }
        for (Map.Entry<String, MeshedApplication> server : servers.entrySet()) {
          MeshedApplication application = server.getValue();
          mesh.awaitServing(application);
          ways.forEach(
              (way, connection) -> {
                String row = server.getKey() + ", JDK " + version(javaHome) + ", " + way;
                List<String> cells = new ArrayList<>();
                for (Manner manner : Manner.values()) {
                  cells.add(cell(row, manner, application, connection, failures));
                }
                matrix.append(line(row, cells));
              });
          assertThat(application.metrics("istio_requests_total", "mutual_tls"))
              .as("requests of " + server.getKey() + " over mutual TLS")
              .isNotEmpty();
        }
      }
    }
    Observed.print("servers:%n%s", matrix);
    assertThat(failures).isEmpty();
  }

  private static String cell(
      String row, Manner manner, MeshedApplication server, Way way, List<String> failures) {
    try (RawConnection connection = new RawConnection(way.connect(server.port()))) {
      if (manner == Manner.KEEP_ALIVE) {
        assertThat(connection.get("/seen").body()).as("scheme and security").isEqualTo("http");
      }
      manner.check(connection);
      return "ok";
    } catch (IOException | RuntimeException | AssertionError e) {
      failures.add(row + ", " + manner + ": " + e);
      return "FAILED";
    }
  }

  private static MeshedApplication.Builder server(ShopMesh mesh, String stack) throws Exception {
    MeshedApplication.Builder builder =
        stack.equals("war")
            ? tomcat(mesh)
            : MeshedApplication.builder(
                stack, APPS.resolve(stack + "/target/" + stack + ".jar"), ShopMesh.agent());
    return ShopMesh.sparing(builder)
        .javaHome(mesh.javaHome())
        .joins(mesh.control(), "shop/" + stack)
        .environment("WEFT_SERVICE", stack);
  }

  /** A plain Tomcat, as unpacked, started by its own script. */
  private static MeshedApplication.Builder tomcat(ShopMesh mesh) throws IOException {
    Path base = mesh.directory().resolve("tomcat");
    for (String directory : List.of("conf", "logs", "temp", "webapps", "work")) {
      Files.createDirectories(base.resolve(directory));
    }
    Files.writeString(base.resolve("conf/server.xml"), ShopMesh.resource("server.xml"));
    Path home = only(APPS.resolve("war/target"), "apache-tomcat-*");
    Files.copy(home.resolve("conf/web.xml"), base.resolve("conf/web.xml"));
    Files.copy(
        APPS.resolve("war/target/ROOT.war"),
        base.resolve("webapps/ROOT.war"),
        StandardCopyOption.REPLACE_EXISTING);
    return MeshedApplication.builder("war", home.resolve("bin/bootstrap.jar"), ShopMesh.agent())
        .jvmOption("-Dcatalina.home=" + home)
        .jvmOption("-Dcatalina.base=" + base)
        .jvmOption("-Djava.io.tmpdir=" + base.resolve("temp"))
        .jvmOption(
            "-Dorg.apache.tomcat.util.digester.PROPERTY_SOURCE="
                + "org.apache.tomcat.util.digester.EnvironmentPropertySource")
        .mainClass("org.apache.catalina.startup.Bootstrap", home.resolve("bin/tomcat-juli.jar"));
  }

  private static Path only(Path directory, String glob) throws IOException {
    try (var found = Files.newDirectoryStream(directory, glob)) {
      return found.iterator().next();
    }
  }

  private static String version(Path javaHome) {
    try {
      return Files.readString(javaHome.resolve("release"))
          .replaceAll("(?s).*JAVA_VERSION=\"(\\d+).*", "$1");
    } catch (IOException e) {
      return javaHome.toString();
    }
  }

  private static String line(String row, List<?> cells) {
    StringBuilder line = new StringBuilder(String.format("  %-26s", row));
    cells.forEach(cell -> line.append(String.format("%-12s", cell)));
    return line.append('\n').toString();
  }
}
