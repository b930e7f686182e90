package dev.weft.engine.outbound;

import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one virtual host, the first of which that matches wins. They are filed by what most
 * tells them apart, an exact path, what a path begins with, the value of a header, so that a
 * request is held against those that it may match, however many there are; only what has nothing of
 * the kind is tried one by one.
 */
final class RouteIndex {

  /** Fewer routes by one header are no slower one by one. */
  private static final int WORTH_A_TABLE = 4;

  private final Map<String, CompiledRoute[]> byPath;
  private final PrefixTree<CompiledRoute[]> byPrefix;
  private final HeaderTable[] byHeader;
  private final CompiledRoute[] others;
  private final boolean readsPath;

  RouteIndex(List<Route> routes, RouteLimits limits) {
    Map<String, List<CompiledRoute>> paths = new HashMap<>();
    Map<String, List<CompiledRoute>> prefixes = new HashMap<>();
    Map<String, List<Filed>> headers = new LinkedHashMap<>();
    List<CompiledRoute> rest = new ArrayList<>();
    boolean readsPath = false;
    for (int i = 0; i < routes.size(); i++) {
      CompiledRoute route = new CompiledRoute(routes.get(i), i, limits);
      readsPath |= route.readsPath();
      StringMatch path = routes.get(i).match().path();
      HeaderMatch header = exactHeader(routes.get(i));
      String prefix = prefix(path);
      if (path instanceof StringMatch.Exact exact && !exact.ignoreCase()) {
        paths.computeIfAbsent(exact.value(), key -> new ArrayList<>()).add(route);
      } else if (prefix.length() > 1) {
        prefixes.computeIfAbsent(prefix, key -> new ArrayList<>()).add(route);
      } else if (header != null) {
        headers
            .computeIfAbsent(header.name(), key -> new ArrayList<>())
            .add(new Filed(header, route));
      } else {
        rest.add(route);
      }
    }
    List<HeaderTable> tables = new ArrayList<>();
    for (List<Filed> filed : headers.values()) {
      if (filed.size() < WORTH_A_TABLE) {
        filed.forEach(it -> rest.add(it.route));
      } else {
        tables.add(new HeaderTable(filed));
      }
    }
    rest.sort((one, other) -> Integer.compare(one.order, other.order));
    byPath = arrays(paths);
    byPrefix = PrefixTree.of(arrays(prefixes));
    byHeader = tables.toArray(HeaderTable[]::new);
    others = rest.toArray(CompiledRoute[]::new);
    this.readsPath = readsPath;
  }

  private static String prefix(StringMatch path) {
    if (path instanceof StringMatch.Prefix prefix && !prefix.ignoreCase()) {
      return prefix.value();
    }
    if (path instanceof StringMatch.PathPrefix prefix && !prefix.ignoreCase()) {
      return prefix.value();
    }
    return path instanceof StringMatch.Pattern pattern ? pattern.regex().literalPrefix() : "";
  }

  private static @Nullable HeaderMatch exactHeader(Route route) {
    for (HeaderMatch header : route.match().headers()) {
      if (!header.invert()
          && !header.name().startsWith(":")
          && !header.name().equals("host")
          && header.match() instanceof StringMatch.Exact exact
          && !exact.ignoreCase()) {
        return header;
      }
    }
    return null;
  }

  private static <K> Map<K, CompiledRoute[]> arrays(Map<K, List<CompiledRoute>> lists) {
    Map<K, CompiledRoute[]> arrays = new HashMap<>(lists.size() * 2);
    lists.forEach((key, list) -> arrays.put(key, list.toArray(CompiledRoute[]::new)));
    return arrays;
  }

  /**
   * @return null if none matches
   */
  @Nullable CompiledRoute find(OutboundRequest request) {
    String path = readsPath ? withoutQuery(request.path()) : "";
    CompiledRoute best = null;
    if (readsPath) {
      best = earlier(byPath.get(path), best, request, path);
      PrefixTree<CompiledRoute[]> node = byPrefix;
      int at = 0;
      for (int next = node.next(path, at); next >= 0; next = node.next(path, at)) {
        at += node.edgeLength(next);
        node = node.child(next);
        best = earlier(node.value(), best, request, path);
      }
    }
    for (HeaderTable table : byHeader) {
      best = earlier(table.find(request), best, request, path);
    }
    return earlier(others, best, request, path);
  }

  /** The first of the candidates that matches, if it comes before the best one so far. */
  private static @Nullable CompiledRoute earlier(
      CompiledRoute @Nullable [] candidates,
      @Nullable CompiledRoute best,
      OutboundRequest request,
      String path) {
    if (candidates == null) {
      return best;
    }
    for (CompiledRoute candidate : candidates) {
      if (best != null && candidate.order > best.order) {
        return best;
      }
      if (candidate.matches(request, path)) {
        return candidate;
      }
    }
    return best;
  }

  private static String withoutQuery(String target) {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  private record Filed(HeaderMatch header, CompiledRoute route) {}

  /** Routes by the exact value of one header. */
  private static final class HeaderTable {

    private final String header;
    private final Map<String, CompiledRoute[]> byValue;

    HeaderTable(List<Filed> filed) {
      header = filed.get(0).header.name();
      Map<String, List<CompiledRoute>> lists = new HashMap<>();
      for (Filed it : filed) {
        StringMatch.Exact exact = (StringMatch.Exact) it.header.match();
        lists.computeIfAbsent(exact.value(), key -> new ArrayList<>()).add(it.route);
      }
      byValue = arrays(lists);
    }

    CompiledRoute @Nullable [] find(OutboundRequest request) {
      String value = request.header(header);
      return value == null ? null : byValue.get(value);
    }
  }
}
