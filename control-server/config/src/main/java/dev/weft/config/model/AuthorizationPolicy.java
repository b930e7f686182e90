package dev.weft.config.model;

import java.util.List;

/**
 * Istio's AuthorizationPolicy.
 *
 * @param dryRun whether it is only judged and told (annotation {@code istio.io/dry-run})
 * @param provider name of the extension provider to ask, with CUSTOM; else empty
 * @param rules any of them must match for the action to be taken
 */
public record AuthorizationPolicy(
    Metadata metadata,
    WorkloadSelector selector,
    Action action,
    boolean dryRun,
    String provider,
    List<Rule> rules)
    implements Resource {

  /** What a matching rule does, in the order in which they are judged. */
  public enum Action {
    CUSTOM,
    AUDIT,
    DENY,
    ALLOW
  }

  /**
   * One rule: any source, any operation and every condition must match. No sources, or no
   * operations, match all.
   *
   * @param index in the resource, from 0
   */
  public record Rule(
      int index, List<Source> sources, List<Operation> operations, List<Condition> when) {

    /** Matches every request. */
    static final Rule ALL = new Rule(0, List.of(), List.of(), List.of());

    public Rule {
      sources = List.copyOf(sources);
      operations = List.copyOf(operations);
      when = List.copyOf(when);
    }
  }

  /** Who calls: all of it must hold. */
  public record Source(List<Condition> conditions) {

    public Source {
      conditions = List.copyOf(conditions);
    }
  }

  /** What is called: all of it must hold. */
  public record Operation(List<Condition> conditions) {

    public Operation {
      conditions = List.copyOf(conditions);
    }
  }

  /**
   * One of {@code values} must match, if there are any, and none of {@code notValues}. Values are
   * as Istio writes them, where it allows that with {@code *} in front, at the end or alone.
   *
   * @param name of the header; of the claim, one name in another {@code a][b}; of metadata, {@code
   *     FILTER[KEY]}; else empty
   */
  public record Condition(
      Attribute attribute, String name, List<String> values, List<String> notValues) {

    public Condition {
      values = List.copyOf(values);
      notValues = List.copyOf(notValues);
    }
  }

  /** What a condition is about. */
  public enum Attribute {
    SOURCE_PRINCIPAL,
    SOURCE_NAMESPACE,
    /** {@code [namespace/]account}. */
    SOURCE_SERVICE_ACCOUNT,
    SOURCE_TRUST_DOMAIN,
    /** Of the connection's peer: an address, or a range of them. */
    SOURCE_IP,
    /** Of the client, by {@code x-forwarded-for}. */
    REMOTE_IP,
    /** {@code issuer/subject}. */
    REQUEST_PRINCIPAL,
    REQUEST_AUDIENCES,
    REQUEST_PRESENTER,
    REQUEST_CLAIM,
    REQUEST_HEADER,
    HOST,
    METHOD,
    /** With {@code {*}} for a segment and {@code {**}} for several, too. */
    PATH,
    DESTINATION_PORT,
    DESTINATION_IP,
    SERVER_NAME,
    /** What one of Envoy's filters has left. A value in brackets is an element of a list. */
    FILTER_METADATA
  }

  public AuthorizationPolicy {
    rules = List.copyOf(rules);
  }

  /** Denies everything: what stands for a policy that isn't understood. */
  public static AuthorizationPolicy denyAll(Metadata metadata, WorkloadSelector selector) {
    return new AuthorizationPolicy(metadata, selector, Action.DENY, false, "", List.of(Rule.ALL));
  }
}
