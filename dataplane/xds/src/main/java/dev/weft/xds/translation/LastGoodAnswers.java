package dev.weft.xds.translation;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.model.LastGoodAnswer;
import dev.weft.xds.proto.Cluster;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster's answers are kept: Envoy has no field for it, so it is metadata of the cluster's,
 * {@code {"dev.weft": {"last_good_answer": {"max_age_seconds": …, "max_entries": …,
 * "max_body_bytes": …}}}}, which other clients leave alone.
 */
final class LastGoodAnswers {

  static final String FIELD = "last_good_answer";

  private LastGoodAnswers() {}

  /** Null if there is none, or none that can be honoured. */
  static @Nullable LastGoodAnswer of(Cluster cluster, Findings findings) {
    Struct ours =
        cluster
            .getMetadata()
            .getFilterMetadataOrDefault(OwnMetadata.NAME, Struct.getDefaultInstance());
    if (!ours.containsFields(FIELD)) {
      return null;
    }
    Struct policy = ours.getFieldsOrThrow(FIELD).getStructValue();
    int maxAge = number(policy, "max_age_seconds");
    int maxEntries = number(policy, "max_entries");
    int maxBodyBytes = number(policy, "max_body_bytes");
    if (maxAge <= 0 || maxEntries <= 0 || maxBodyBytes <= 0) {
      findings.note(
          "metadata." + OwnMetadata.NAME + "." + FIELD, "left out: its bounds must be above 0");
      return null;
    }
    return new LastGoodAnswer(Duration.ofSeconds(maxAge), maxEntries, maxBodyBytes);
  }

  private static int number(Struct struct, String field) {
    return (int) struct.getFieldsOrDefault(field, Value.getDefaultInstance()).getNumberValue();
  }
}
