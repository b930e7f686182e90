package dev.weft.config.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Conditions that must all hold. Null or empty: no condition.
 *
 * @param headers by lower-case name
 * @param withoutHeaders by lower-case name: must not match
 * @param query by name, of parameters as they are on the wire
 * @param port the service's port that is called
 * @param sourceLabels labels that the caller has
 * @param sourceNamespace the caller's namespace; empty: any
 * @param mesh whether it applies to callers in the mesh, not only to gateways
 */
public record RouteMatch(
    String name,
    @Nullable StringMatch path,
    boolean ignorePathCase,
    @Nullable StringMatch scheme,
    @Nullable StringMatch method,
    @Nullable StringMatch authority,
    Map<String, StringMatch> headers,
    Map<String, StringMatch> withoutHeaders,
    Map<String, StringMatch> query,
    @Nullable Integer port,
    Map<String, String> sourceLabels,
    String sourceNamespace,
    boolean mesh) {

  /** Whether requests of this caller to this port may match at all. */
  public boolean concerns(ClientWorkload client, int calledPort) {
    return mesh
        && (port == null || port == calledPort)
        && (sourceNamespace.isEmpty() || sourceNamespace.equals(client.namespace()))
        && client.labels().entrySet().containsAll(sourceLabels.entrySet());
  }
}
