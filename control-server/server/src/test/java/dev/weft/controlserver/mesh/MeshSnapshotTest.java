package dev.weft.controlserver.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.controlserver.xds.ResourceType;
import dev.weft.controlserver.xds.XdsClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MeshSnapshotTest {

  @Test
  void namesThatNobodyHasAreNotRememberedForEver() {
    MeshSnapshot snapshot =
        new MeshSnapshot(MeshModel.of(List.of(), List.of(), MeshSettings.DEFAULT));
    XdsClient client =
        new XdsClient(
            "node", XdsClient.Kind.AGENT, "", "shop", "a", "", Map.of(), true, Optional.empty());
    for (int i = 0; i < MeshSnapshot.MOST_ANSWERS_KEPT + 1_000; i++) {
      assertThat(snapshot.named(client, ResourceType.LISTENER, "nobody-" + i + ":80")).isEmpty();
    }

    assertThat(snapshot.answersKept()).isLessThanOrEqualTo(MeshSnapshot.MOST_ANSWERS_KEPT);
  }
}
