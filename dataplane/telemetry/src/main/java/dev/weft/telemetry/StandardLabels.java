package dev.weft.telemetry;

import dev.weft.telemetry.Caller.Outcome;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The values of {@link Labels#ISTIO}, in their order, for requests to and from this workload. */
final class StandardLabels {

  private final WorkloadFacts self;

  StandardLabels(WorkloadFacts self) {
    this.self = self;
  }

  String[] of(OutboundKey key) {
    Peer destination = key.destination();
    return new String[] {
      "source",
      self.workload(),
      self.namespace(),
      known(key.principal(), Labels.UNKNOWN),
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      Labels.UNKNOWN,
      destination.workload(),
      destination.namespace(),
      known(key.peerId(), Labels.UNKNOWN),
      destination.app(),
      destination.version(),
      destination.canonicalService(),
      destination.canonicalRevision(),
      key.serviceHost(),
      key.serviceName(),
      key.serviceNamespace(),
      destination.cluster(),
      key.grpcStatus() == null ? "http" : "grpc",
      Integer.toString(key.status()),
      known(key.grpcStatus(), ""),
      key.flags().code(),
      // As in Istio, where only the destination reports it.
      Labels.UNKNOWN
    };
  }

  /**
   * @param principal this workload's, if it has one
   */
  String[] of(Caller caller, Outcome outcome, @Nullable String principal) {
    Peer peer = caller.peer;
    return new String[] {
      "destination",
      peer.workload(),
      peer.namespace(),
      known(caller.principal, Labels.UNKNOWN),
      peer.app(),
      peer.version(),
      peer.canonicalService(),
      peer.canonicalRevision(),
      peer.cluster(),
      self.workload(),
      self.namespace(),
      outcome.ownProved() ? known(principal, Labels.UNKNOWN) : Labels.UNKNOWN,
      self.app(),
      self.version(),
      self.canonicalService(),
      self.canonicalRevision(),
      self.service() + "." + self.namespace() + ".svc.cluster.local",
      self.service(),
      self.namespace(),
      Labels.UNKNOWN,
      outcome.grpc() ? "grpc" : "http",
      Integer.toString(outcome.status()),
      "",
      outcome.flag().code(),
      Labels.security(caller.principal != null)
    };
  }

  /** Of requests that there is no room to say anything else of. */
  static String[] unknown(String reporter) {
    String[] labels = new String[Labels.ISTIO.length];
    Arrays.fill(labels, Labels.UNKNOWN);
    labels[0] = reporter;
    return labels;
  }

  private static String known(@Nullable String value, String otherwise) {
    return value == null ? otherwise : value;
  }
}
