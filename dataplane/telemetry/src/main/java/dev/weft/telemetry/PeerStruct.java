package dev.weft.telemetry;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What {@code x-envoy-peer-metadata} says, by Istio's names: a base64-encoded {@code Struct} with
 * {@code NAME}, {@code NAMESPACE}, {@code WORKLOAD_NAME}, {@code CLUSTER_ID} and, of the {@code
 * LABELS}, {@code app}, {@code version} and Istio's canonical names.
 */
final class PeerStruct {

  /** More than any proxy says of itself. */
  static final int LONGEST_TEXT = 16 * 1024;

  /** What is read is two Structs deep; each takes two or three levels. */
  private static final int DEEPEST = 32;

  /** Of Kubernetes' names (of a Deployment, say). */
  private static final int LONGEST_NAME = 253;

  /** Of Kubernetes' labels and namespaces. */
  private static final int LONGEST_LABEL = 63;

  /** Of node IDs, which no reader needs to understand. */
  static final int LONGEST_ID = 512;

  private static final Pattern NOT_OF_NAMES = Pattern.compile("[^A-Za-z0-9._-]");

  private static final String CANONICAL_NAME = "service.istio.io/canonical-name";
  private static final String CANONICAL_REVISION = "service.istio.io/canonical-revision";

  private PeerStruct() {}

  /** The node ID, fit for a header whatever names it is made of. */
  static String id(WorkloadFacts self) {
    String id = self.nodeId().replaceAll("[^!-~]", "_");
    return id.length() > LONGEST_ID ? id.substring(0, LONGEST_ID) : id;
  }

  /** What readers wouldn't believe is left out, so there is an end to its length. */
  static String encode(WorkloadFacts self) {
    Struct.Builder labels = Struct.newBuilder();
    put(labels, "app", self.app(), LONGEST_LABEL);
    put(labels, CANONICAL_NAME, self.canonicalService(), LONGEST_LABEL);
    put(labels, CANONICAL_REVISION, self.canonicalRevision(), LONGEST_LABEL);
    if (!self.version().equals(Labels.UNKNOWN)) {
      put(labels, "version", self.version(), LONGEST_LABEL);
    }
    Struct.Builder struct = Struct.newBuilder();
    struct.putFields("LABELS", Value.newBuilder().setStructValue(labels).build());
    put(struct, "NAME", self.instance(), LONGEST_NAME);
    put(struct, "NAMESPACE", self.namespace(), LONGEST_LABEL);
    put(struct, "WORKLOAD_NAME", self.workload(), LONGEST_NAME);
    return Base64.getEncoder().encodeToString(struct.build().toByteArray());
  }

  private static void put(Struct.Builder struct, String name, String value, int longest) {
    if (isName(value, longest)) {
      struct.putFields(name, Value.newBuilder().setStringValue(value).build());
    }
  }

  /**
   * @param disbelieved run if a value can't be a name, and so is as good as absent
   * @throws IllegalArgumentException if it isn't what it should be
   */
  static Peer decode(String text, Runnable disbelieved) {
    if (text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException("too long");
    }
    CodedInputStream bytes = CodedInputStream.newInstance(Base64.getDecoder().decode(text));
    bytes.setRecursionLimit(DEEPEST);
    Map<String, Value> fields;
    try {
      fields = Struct.parseFrom(bytes).getFieldsMap();
    } catch (IOException e) {
      throw new IllegalArgumentException("no protobuf Struct", e);
    }
    Map<String, Value> labels =
        fields.getOrDefault("LABELS", Value.getDefaultInstance()).getStructValue().getFieldsMap();
    Reading reading = new Reading();
    Peer peer =
        new Peer(
            reading.value(fields, "WORKLOAD_NAME", LONGEST_NAME, Labels.UNKNOWN),
            reading.value(fields, "NAMESPACE", LONGEST_LABEL, Labels.UNKNOWN),
            reading.value(labels, "app", LONGEST_LABEL, Labels.UNKNOWN),
            reading.value(labels, "version", LONGEST_LABEL, Labels.UNKNOWN),
            reading.value(labels, CANONICAL_NAME, LONGEST_LABEL, Labels.UNKNOWN),
            reading.value(labels, CANONICAL_REVISION, LONGEST_LABEL, Labels.LATEST),
            reading.value(fields, "CLUSTER_ID", LONGEST_LABEL, Labels.UNKNOWN));
    if (reading.odd) {
      disbelieved.run();
    }
    return peer;
  }

  /** Kubernetes' characters: a series' labels are text on the metrics page, however often. */
  private static boolean isName(String value, int longest) {
    return !value.isEmpty() && value.length() <= longest && !NOT_OF_NAMES.matcher(value).find();
  }

  private static final class Reading {

    boolean odd;

    String value(Map<String, Value> fields, String name, int longest, String otherwise) {
      String value = fields.getOrDefault(name, Value.getDefaultInstance()).getStringValue();
      if (isName(value, longest)) {
        return value;
      }
      odd |= !value.isEmpty();
      return otherwise;
    }
  }
}
