package dev.weft.config.agent;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.model.ServicePolicy.LastGoodAnswer;
import io.envoyproxy.envoy.config.core.v3.Metadata;

/**
 * A ServicePolicy's {@code lastGoodAnswer}. Envoy has nothing like it that the router could fall
 * back to, so it is metadata of the cluster's, which Envoy leaves alone.
 */
final class LastGoodAnswers {

  private LastGoodAnswers() {}

  static void apply(LastGoodAnswer kept, Metadata.Builder metadata) {
    Struct policy =
        Struct.newBuilder()
            .putFields("max_age_seconds", OwnMetadata.number((int) kept.maxAge().toSeconds()))
            .putFields("max_body_bytes", OwnMetadata.number(kept.maxBodyBytes()))
            .putFields("max_entries", OwnMetadata.number(kept.maxEntries()))
            .build();
    Struct.Builder own =
        metadata
            .getFilterMetadataOrDefault(OwnMetadata.NAME, Struct.getDefaultInstance())
            .toBuilder();
    own.putFields("last_good_answer", Value.newBuilder().setStructValue(policy).build());
    metadata.putFilterMetadata(OwnMetadata.NAME, own.build());
  }
}
