package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.OriginatedTls;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TLS with servers outside the mesh. */
class OriginationTest {

  private static final OriginatedTls OUTSIDE =
      new OriginatedTls("api.example.com", List.of(), true, null, null, null, List.of());

  private final EngineFixture mesh =
      new EngineFixture()
          .configure(List.of(route("all", forward("c"))), with(cluster("c", 1001), OUTSIDE, true));

  @Test
  void everyEndpointIsSpokenToSoAndWithoutTheMeshsCertificate() {
    mesh.certificate = false;
    assertThat(send(mesh.call()).tls()).isEqualTo(OUTSIDE);
  }

  /** What a sidecar would tell its like is nobody else's business. */
  @Test
  void itIsNoMutualTls() {
    mesh.serversMet = true;
    Attempt attempt = send(mesh.call());
    assertThat(attempt.connectionKey().meshTls()).isNull();
    assertThat(attempt.connectionKey().tls()).isEqualTo(OUTSIDE);
  }

  /** As Envoy answers while a secret is missing; never plaintext instead. */
  @Test
  void withoutItsFilesThereIsNoConnection() {
    mesh.files = false;
    var answer = respond(mesh.call());
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.flag()).isEqualTo(ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
  }
}
