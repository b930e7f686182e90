package dev.weft.controlserver.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.model.AuthorizationPolicy.Action;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.PeerAuthentication.Mode;
import dev.weft.controlserver.source.FileChange;
import dev.weft.controlserver.source.FileChange.Deleted;
import dev.weft.controlserver.source.FileChange.Unreadable;
import dev.weft.controlserver.source.FileChange.Written;
import dev.weft.controlserver.state.StateDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is in force after servers came and went beside files that are good and bad. */
class MeshTest {
  private static final String STRICT =
      """
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata: {name: strict, namespace: shop}
      spec: {mtls: {mode: STRICT}}
      """;
  private static final Written NOT_YAML = new Written("strict.yaml", STRICT + "\tmode: x\n");

  private final Path directory;

  MeshTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** A server that starts with the first changes, and lives through the others. */
  @SafeVarargs
  private MeshModel server(String config, List<FileChange>... changes) {
    LastGoodFiles lastGood =
        LastGoodFiles.in(new StateDirectory(directory.resolve("state")), directory.resolve(config));
    try (Mesh mesh =
        new Mesh(
            MeshSettings.DEFAULT, lastGood, List::of, snapshot -> {}, new SimpleMeterRegistry())) {
      for (List<FileChange> change : changes) {
        mesh.filesChanged(change);
      }
      return mesh.model();
    }
  }

  private static Mode mode(MeshModel model) {
    return model.peerAuthentication("shop", Map.of(), 8080);
  }

  private static boolean deniesAll(MeshModel model) {
    return model.authorizationPolicies("shop", Map.of()).stream()
        .anyMatch(policy -> policy.action() == Action.DENY);
  }

  static Stream<FileChange> refused() {
    return Stream.of(
        NOT_YAML,
        new Written("strict.yaml", STRICT.replace("STRICT", "DISABLE") + "wrong: true\n"),
        new Unreadable("strict.yaml", "no permission"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aRestartBesideARefusedFileGoesOnWithWhatItSaid(FileChange refused) {
    server("config", List.of(new Written("strict.yaml", STRICT)), List.of(refused));
    for (int restarts = 0; restarts < 2; restarts++) {
      MeshModel model = server("config", List.of(refused));
      assertThat(mode(model)).isEqualTo(Mode.STRICT);
      assertThat(deniesAll(model)).isFalse();
    }
  }

  @Test
  void aFileThatIsDeletedIsForgotten() {
    server("config", List.of(new Written("strict.yaml", STRICT)));
    server("config", List.of());

    assertThat(mode(server("config", List.of(NOT_YAML)))).isEqualTo(Mode.PERMISSIVE);
  }

  @Test
  void aFileThatNobodyCouldEverReadClosesTheMeshUntilItCanBeRead() {
    for (int restarts = 0; restarts < 2; restarts++) {
      MeshModel model = server("config", List.of(NOT_YAML), List.of(NOT_YAML));
      assertThat(mode(model)).isEqualTo(Mode.STRICT);
      assertThat(deniesAll(model)).isTrue();
    }
    MeshModel repaired =
        server("config", List.of(NOT_YAML), List.of(new Written("strict.yaml", STRICT)));
    assertThat(deniesAll(repaired)).isFalse();
    assertThat(deniesAll(server("config", List.of(NOT_YAML)))).isFalse();
  }

  @Test
  void deletingItOpensTheMeshAgain() {
    MeshModel model = server("config", List.of(NOT_YAML), List.of(new Deleted("strict.yaml")));
    assertThat(deniesAll(model)).isFalse();
    assertThat(mode(model)).isEqualTo(Mode.PERMISSIVE);
  }

  @Test
  void aNewFileThatCanNotBeReadChangesNothing() {
    // Of this one it is known that it has never said anything.
    List<FileChange> good = List.of(new Written("other.yaml", STRICT.replace("shop", "bank")));
    assertThat(deniesAll(server("config", good, List.of(NOT_YAML)))).isFalse();
    assertThat(deniesAll(server("config", List.of(good.get(0), NOT_YAML)))).isFalse();
  }

  @Test
  void whatHeldAResourceHoldsItUnderTheNextServerToo() {
    Written holder = new Written("strict.yaml", STRICT);
    Written newcomer = new Written("a.yaml", STRICT.replace("STRICT", "DISABLE"));
    server("config", List.of(holder), List.of(newcomer));
    for (int restarts = 0; restarts < 2; restarts++) {
      assertThat(mode(server("config", List.of(newcomer, holder)))).isEqualTo(Mode.STRICT);
    }

    server("config", List.of(newcomer, holder), List.of(new Deleted("strict.yaml")));
    assertThat(mode(server("config", List.of(newcomer, holder)))).isEqualTo(Mode.DISABLE);
  }

  @Test
  void otherDirectoriesAndDamagedStateSayNothing() throws IOException {
    server("config", List.of(new Written("strict.yaml", STRICT)));
    assertThat(deniesAll(server("elsewhere", List.of(NOT_YAML)))).isTrue();
    // Nor do they take anything away.
    assertThat(deniesAll(server("config", List.of(NOT_YAML)))).isFalse();

    Files.writeString(directory.resolve("state/configuration.json"), "{");
    assertThat(deniesAll(server("config", List.of(NOT_YAML)))).isTrue();
  }
}
