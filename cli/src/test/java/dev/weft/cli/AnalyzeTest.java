package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnalyzeTest {

  @TempDir Path directory;

  @Test
  void saysOfEveryFileBelowADirectoryWhatTheControlServerWouldSay() throws IOException {
    Files.writeString(
        directory.resolve("good.yaml"),
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: catalog, namespace: shop}
        spec:
          hosts: [catalog.shop.svc.cluster.local]
          location: MESH_INTERNAL
          resolution: STATIC
          ports: [{number: 8080, name: http, protocol: HTTP}]
        """);
    Files.writeString(
        directory.resolve("bad.yaml"),
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: catalog, namespace: shop}
        spec:
          hosts: [catalog]
          http:
            - route: [{destination: {host: catalog}, wieght: 3}]
        """);

    StringWriter out = new StringWriter();
    int exitCode = run(out, "analyze", directory.toString());

    assertThat(exitCode).isEqualTo(1);
    assertThat(out.toString())
        .contains("bad.yaml")
        .contains("shop/catalog")
        .contains("wieght")
        .contains("2 files");
  }

  @Test
  void isContentWithGoodFiles() throws IOException {
    Path good =
        Files.writeString(
            directory.resolve("good.yaml"),
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: strict, namespace: shop}
            spec: {mtls: {mode: STRICT}}
            """);

    StringWriter out = new StringWriter();

    assertThat(run(out, "analyze", good.toString())).isZero();
    assertThat(out.toString()).contains("1 files, 1 resources: would be in force");
  }

  @Test
  void refusesWhatIsNoText() throws IOException {
    Path file = Files.write(directory.resolve("a.yaml"), new byte[] {(byte) 0xff, 0});

    StringWriter out = new StringWriter();

    assertThat(run(out, "analyze", file.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("a.yaml", "not UTF-8");
  }

  private static int run(StringWriter out, String... arguments) {
    return Weft.commandLine().setOut(new PrintWriter(out)).execute(arguments);
  }
}
