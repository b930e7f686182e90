package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often a server of the mesh is told who calls. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IntroductionTest {

  private static final HeaderEdits INTRODUCTION =
      new HeaderEdits(List.of(), List.of(new Header("x-caller", "storefront")), List.of());

  private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();

  @BeforeEach
  void forget() {
    MESH.drainEvents();
  }

  @AfterEach
  void end() {
    MESH.remembering = false;
    assertThat(WovenConnection.failures()).isZero();
  }

  @Test
  void onceForEachConnectionThatIsRemembered() throws Exception {
    MESH.remembering = true;
    assertThat(toldOver(2, 2)).containsExactly(true, false, true, false);
  }

  @Test
  void withEachRequestElsewhere() throws Exception {
    assertThat(toldOver(1, 3)).containsExactly(true, true, true);
  }

  /** Which the JDK does by itself. */
  @Test
  void whenARequestIsWrittenAgainToo() throws Exception {
    MESH.remembering = true;
    try (RawServer server =
        RawServer.start(
            TestTls.server().getServerSocketFactory(),
            (socket, number) -> {
              tell(RawServer.head(socket));
              RawServer.write(socket, RawServer.OK);
              if (number == 1) {
                tell(RawServer.head(socket));
              }
            })) {
      for (int i = 0; i < 2; i++) {
        MESH.on("catalog", MESH.sendSecured(server.port(), INTRODUCTION), done());
        try (InputStream in = open("/items").getInputStream()) {
          assertThat(in.readAllBytes()).hasSize(2);
        }
      }
    }
    assertThat(told).containsExactly(true, false, true);
  }

  private void tell(@Nullable String head) {
    told.add(head != null && head.split("x-caller: storefront", -1).length == 2);
  }

  private List<Boolean> toldOver(int connections, int requests) throws Exception {
    try (RawServer server =
        RawServer.start(
            TestTls.server().getServerSocketFactory(),
            (socket, number) -> {
              for (int i = 1; i <= requests; i++) {
                tell(RawServer.head(socket));
                RawServer.write(
                    socket,
                    i < requests
                        ? RawServer.OK
                        : RawServer.OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
              }
            })) {
      for (int i = 0; i < connections * requests; i++) {
        MESH.on("catalog", MESH.sendSecured(server.port(), INTRODUCTION), done());
        try (InputStream in = open("/items").getInputStream()) {
          assertThat(in.readAllBytes()).hasSize(2);
        }
      }
    }
    return List.copyOf(told);
  }
}
