package dev.weft.config.model;

import dev.weft.config.source.ResourceName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts the rules of delegates in the place of the rules that name them, as Istio merges them: both
 * must match, what the delegate leaves unset is the root's, and a delegate's rule is left out if
 * any of its matches isn't within one of the root's.
 */
final class Delegation {

  private final Function<ResourceName, Optional<VirtualService>> delegates;

  /**
   * @param delegates finds one by its name, if there is one
   */
  Delegation(Function<ResourceName, Optional<VirtualService>> delegates) {
    this.delegates = delegates;
  }

  /** The rules of a VirtualService, none of which delegates. */
  VirtualService resolve(VirtualService root) {
    if (root.routes().stream().noneMatch(rule -> rule.action().isDelegated())) {
      return root;
    }
    List<RouteRule> rules = new ArrayList<>();
    for (RouteRule rule : root.routes()) {
      if (rule.action() instanceof RouteRule.Delegate delegate) {
        find(root, delegate)
            .ifPresent(found -> found.routes().forEach(leaf -> merge(rule, delegate, leaf, rules)));
      } else {
        rules.add(rule);
      }
    }
    return new VirtualService(root.metadata(), root.hosts(), rules, root.mesh(), root.visibility());
  }

  /** The delegate that a rule names, if there is one that this root may see. */
  Optional<VirtualService> find(VirtualService root, RouteRule.Delegate delegate) {
    String home = root.metadata().namespace();
    String namespace = delegate.namespace().isEmpty() ? home : delegate.namespace();
    return delegates
        .apply(new ResourceName("VirtualService", namespace, delegate.name()))
        .filter(found -> found.hosts().isEmpty())
        .filter(found -> found.visibility().allows(home, namespace));
  }

  private static void merge(
      RouteRule root, RouteRule.Delegate delegate, RouteRule leaf, List<RouteRule> into) {
    if (leaf.action().isDelegated()) {
      // Istio: one level only.
      return;
    }
    List<RouteMatch> matches = matches(root.matches(), leaf.matches());
    if (matches.isEmpty() && !(root.matches().isEmpty() && leaf.matches().isEmpty())) {
      return;
    }
    RouteRule edits = editsHeaders(leaf) ? leaf : root;
    into.add(
        new RouteRule(
            root.name().isEmpty() ? leaf.name() : root.name() + "-" + leaf.name(),
            matches,
            action(delegate, leaf.action()),
            leaf.timeout() == null ? root.timeout() : leaf.timeout(),
            leaf.retries() == null ? root.retries() : leaf.retries(),
            leaf.fault() == null ? root.fault() : leaf.fault(),
            leaf.cors() == null ? root.cors() : leaf.cors(),
            edits.requestHeaders(),
            edits.responseHeaders()));
  }

  private static RouteRule.Action action(RouteRule.Delegate root, RouteRule.Action leaf) {
    return leaf instanceof RouteRule.Forward forward
        ? new RouteRule.Forward(
            forward.destinations(),
            forward.rewrite().equals(RouteRule.Rewrite.NONE) ? root.rewrite() : forward.rewrite(),
            forward.mirrors().isEmpty() ? root.mirrors() : forward.mirrors())
        : leaf;
  }

  private static boolean editsHeaders(RouteRule rule) {
    return !rule.requestHeaders().equals(HeaderEdits.NONE)
        || !rule.responseHeaders().equals(HeaderEdits.NONE);
  }

  private static List<RouteMatch> matches(List<RouteMatch> roots, List<RouteMatch> leaves) {
    if (roots.isEmpty()) {
      return leaves;
    }
    if (leaves.isEmpty()) {
      return roots;
    }
    List<RouteMatch> merged = new ArrayList<>();
    for (RouteMatch leaf : leaves) {
      List<RouteMatch> within =
          roots.stream()
              .filter(root -> !conflict(root, leaf))
              .map(root -> merge(root, leaf))
              .toList();
      if (within.isEmpty()) {
        return List.of();
      }
      merged.addAll(within);
    }
    return merged;
  }

  private static RouteMatch merge(RouteMatch root, RouteMatch leaf) {
    BinaryOperator<StringMatch> leafs = (ofRoot, ofLeaf) -> ofLeaf;
    String name = root.name().isEmpty() ? leaf.name() : root.name() + "-" + leaf.name();
    return new RouteMatch(
        leaf.name().isEmpty() ? root.name() : name,
        leaf.path() == null ? root.path() : leaf.path(),
        leaf.ignorePathCase(),
        leaf.scheme() == null ? root.scheme() : leaf.scheme(),
        leaf.method() == null ? root.method() : leaf.method(),
        leaf.authority() == null ? root.authority() : leaf.authority(),
        union(root.headers(), leaf.headers(), leafs),
        union(root.withoutHeaders(), leaf.withoutHeaders(), leafs),
        union(root.query(), leaf.query(), leafs),
        leaf.port() == null ? root.port() : leaf.port(),
        union(root.sourceLabels(), leaf.sourceLabels(), (ofRoot, ofLeaf) -> ofLeaf),
        leaf.sourceNamespace().isEmpty() ? root.sourceNamespace() : leaf.sourceNamespace(),
        root.mesh() && leaf.mesh());
  }

  private static <V> Map<String, V> union(
      Map<String, V> root, Map<String, V> leaf, BinaryOperator<V> both) {
    Map<String, V> union = new LinkedHashMap<>(root);
    leaf.forEach((key, value) -> union.merge(key, value, both));
    return union;
  }

  /** Whether the delegate's match is not within the root's. */
  private static boolean conflict(RouteMatch root, RouteMatch leaf) {
    return conflict(root.path(), leaf.path())
        || conflict(root.scheme(), leaf.scheme())
        || conflict(root.method(), leaf.method())
        || conflict(root.authority(), leaf.authority())
        || conflict(root.headers(), leaf.headers())
        || conflict(root.withoutHeaders(), leaf.withoutHeaders())
        || conflict(root.query(), leaf.query())
        || (root.path() != null
            && leaf.path() != null
            && root.ignorePathCase() != leaf.ignorePathCase())
        || (root.port() != null && leaf.port() != null && !root.port().equals(leaf.port()))
        || (!root.sourceNamespace().isEmpty()
            && !leaf.sourceNamespace().isEmpty()
            && !root.sourceNamespace().equals(leaf.sourceNamespace()))
        || leaf.sourceLabels().entrySet().stream()
            .anyMatch(
                label ->
                    !label
                        .getValue()
                        .equals(
                            root.sourceLabels().getOrDefault(label.getKey(), label.getValue())));
  }

  private static boolean conflict(Map<String, StringMatch> root, Map<String, StringMatch> leaf) {
    return leaf.entrySet().stream()
        .anyMatch(entry -> conflict(root.get(entry.getKey()), entry.getValue()));
  }

  private static boolean conflict(@Nullable StringMatch root, @Nullable StringMatch leaf) {
    if (root == null || leaf == null || root.equals(leaf)) {
      return false;
    }
    String whole =
        leaf instanceof StringMatch.Exact exact
            ? exact.value()
            : leaf instanceof StringMatch.Prefix prefix ? prefix.value() : null;
    return !(root instanceof StringMatch.Prefix prefix
        && whole != null
        && whole.startsWith(prefix.value()));
  }
}
