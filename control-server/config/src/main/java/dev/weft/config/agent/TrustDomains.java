package dev.weft.config.agent;

import dev.weft.config.model.MeshSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The mesh's trust domain and its aliases (MeshConfig.trustDomainAliases): an identity of one
 * counts as the same identity of every other.
 */
final class TrustDomains {

  /** In a policy it stands for the mesh's own trust domain, whatever that is called. */
  private static final String OWN = "cluster.local";

  private static final String SPIFFE = "spiffe://";

  private final Set<String> all = new LinkedHashSet<>();

  TrustDomains(MeshSettings settings) {
    all.add(settings.trustDomain());
    all.addAll(settings.config().trustDomainAliases());
  }

  /** The mesh's own first. */
  Set<String> all() {
    return all;
  }

  /** Trust domains as policies name them, with the aliases of each that is the mesh's. */
  Collection<String> expand(List<String> named) {
    Set<String> expanded = new LinkedHashSet<>();
    for (String domain : named) {
      if (all.contains(domain) || domain.equals(OWN)) {
        expanded.addAll(all);
      } else {
        expanded.add(domain);
      }
    }
    return expanded;
  }

  /** Principals {@code domain/ns/…/sa/…} as policies name them, for each of the domains. */
  Collection<String> expandPrincipals(List<String> named) {
    Set<String> expanded = new LinkedHashSet<>();
    named.forEach(principal -> expanded.addAll(expandPrincipal(principal)));
    return expanded;
  }

  private List<String> expandPrincipal(String principal) {
    int slash = principal.indexOf('/');
    String domain = slash < 0 ? "" : principal.substring(0, slash);
    List<String> expanded = new ArrayList<>();
    if (all.stream().anyMatch(each -> matches(domain, each)) || domain.equals(OWN)) {
      for (String each : all) {
        expanded.add(matches(domain, each) ? principal : each + principal.substring(slash));
      }
    }
    return expanded.isEmpty() ? List.of(principal) : expanded;
  }

  /** {@code *} alone is any trust domain, of which there is nothing to expand. */
  private static boolean matches(String pattern, String domain) {
    return (pattern.length() > 1 && pattern.startsWith("*"))
        ? domain.endsWith(pattern.substring(1))
        : pattern.equals(domain);
  }

  /** SPIFFE IDs, and the same of the other domains. */
  List<String> expandIdentities(Collection<String> identities) {
    if (all.size() == 1) {
      return List.copyOf(identities);
    }
    Set<String> expanded = new LinkedHashSet<>();
    for (String identity : identities) {
      if (identity.startsWith(SPIFFE)) {
        expandPrincipal(identity.substring(SPIFFE.length()))
            .forEach(principal -> expanded.add(SPIFFE + principal));
      } else {
        expanded.add(identity);
      }
    }
    return List.copyOf(expanded);
  }
}
