package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import dev.weft.engine.model.PathNormalization;
import dev.weft.xds.proto.ApiListener;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpConnectionManager.PathWithEscapedSlashesAction;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.Rds;
import org.junit.jupiter.api.Test;

/** A client's listener. */
class ListenerTranslationTest {

  /** HttpConnectionManager.normalize_path, merge_slashes, path_with_escaped_slashes_action. */
  @Test
  void pathNormalization() throws ResourceRefused {
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder().setRds(Rds.newBuilder().setRouteConfigName("r"));
    assertThat(paths(manager)).as("Envoy's default").isEqualTo(PathNormalization.NONE);
    manager.setNormalizePath(BoolValue.of(true));
    assertThat(paths(manager)).isEqualTo(PathNormalization.BASE);
    manager
        .setMergeSlashes(true)
        .setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD);
    assertThat(paths(manager)).isEqualTo(PathNormalization.DECODE_AND_MERGE_SLASHES);
    manager.setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.REJECT_REQUEST);
    assertThat(paths(manager)).isEqualTo(PathNormalization.MERGE_SLASHES);
    assertThat(translate(manager).notes())
        .singleElement()
        .satisfies(note -> assertThat(note.field()).endsWith("path_with_escaped_slashes_action"));
  }

  private static PathNormalization paths(HttpConnectionManager.Builder manager)
      throws ResourceRefused {
    return ((ListenerResource.RoutedBy) translate(manager).value()).paths();
  }

  private static Translation<ListenerResource> translate(HttpConnectionManager.Builder manager)
      throws ResourceRefused {
    Any packed =
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/" + ListenerTranslator.CONNECTION_MANAGER)
            .setValue(manager.build().toByteString())
            .build();
    Listener listener =
        Listener.newBuilder()
            .setName("catalog:8080")
            .setApiListener(ApiListener.newBuilder().setApiListener(packed))
            .build();
    return Translation.listener(
        "catalog:8080",
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/envoy.config.listener.v3.Listener")
            .setValue(listener.toByteString())
            .build());
  }
}
