package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import org.junit.jupiter.api.Test;

/** A socket that native code listens on, of which no class of the JDK knows: the debugger's. */
final class NativeListenerIT {

  @Test
  void isShownAndKeepsAStrictWorkloadFromBeingReady() throws Exception {
    int debugger = Http.freePort();
    try (MeshedApplication catalog =
        ShopMesh.sparing(
                MeshedApplication.builder("catalog", ShopMesh.example("catalog"), ShopMesh.agent()))
            .jvmOption(
                "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:"
                    + debugger)
            .environment("WEFT_CONTROL", "127.0.0.1:" + Http.freePort())
            .environment("WEFT_INBOUND_INITIAL", "strict")
            .start(ShopMesh.directory("native-listener"))) {
      Await.until(
          "the debugger's port keeps the workload from being ready",
          ShopMesh.SOON,
          () -> notReady(catalog).contains("port " + debugger + " is STRICT"));
      assertThat(notReady(catalog))
          .as("Tomcat's, which is guarded, and Weft's own")
          .doesNotContain("port " + catalog.port(), "port " + catalog.adminPort());
      Observed.print(
          "port %d, opened by native code: %s",
          debugger, notReady(catalog).lines().reduce("", (first, last) -> last));
    }
  }

  private static String notReady(MeshedApplication application) throws Exception {
    var response = Http.get(application.adminUrl("/healthz/ready"));
    assertThat(response.statusCode()).isEqualTo(503);
    return response.body();
  }
}
