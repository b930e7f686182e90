package dev.weft.controlserver.identity;

import java.util.regex.Pattern;

/** A workload's identity: a namespace and a service account, both DNS labels as in Kubernetes. */
public record Identity(String namespace, String serviceAccount) {
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** Service accounts may have dots. */
  private static final Pattern DNS_NAME = Pattern.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?");

  private static final String SUBJECT_PREFIX = "system:serviceaccount:";

  /** Refuses anything that could change the meaning of a SPIFFE URI. */
  public Identity {
    if (!DNS_LABEL.matcher(namespace).matches()) {
      throw new IllegalArgumentException("not a namespace: \"" + namespace + "\"");
    }
    if (!DNS_NAME.matcher(serviceAccount).matches()) {
      throw new IllegalArgumentException("not a service account: \"" + serviceAccount + "\"");
    }
  }

  /** From {@code NAMESPACE/SERVICE_ACCOUNT}. */
  public static Identity parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "expected NAMESPACE/SERVICE_ACCOUNT, not \"" + text + "\"");
    }
    return new Identity(text.substring(0, slash), text.substring(slash + 1));
  }

  /** From a token's subject, {@code system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT}. */
  static Identity ofSubject(String subject) {
    String rest =
        subject.startsWith(SUBJECT_PREFIX) ? subject.substring(SUBJECT_PREFIX.length()) : "";
    int colon = rest.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("not a service account's subject: \"" + subject + "\"");
    }
    return new Identity(rest.substring(0, colon), rest.substring(colon + 1));
  }

  String subject() {
    return SUBJECT_PREFIX + namespace + ":" + serviceAccount;
  }

  /** {@code spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT}. */
  public String spiffeId(String trustDomain) {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }

  @Override
  public String toString() {
    return namespace + "/" + serviceAccount;
  }
}
