package dev.weft.engine.outbound;

import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.header;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.regex;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.FakeRequest;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, VirtualHost.routes: "The first route that matches will be used." */
class RouteIndexTest {

  private static @Nullable String found(List<Route> routes, FakeRequest request) {
    CompiledRoute route = new RouteIndex(routes, RouteLimits.NONE).find(request);
    return route == null ? null : route.name;
  }

  /** One by one, as the rule is worded. */
  private static @Nullable String first(List<Route> routes, FakeRequest request) {
    String path = request.path.replaceFirst("[?].*", "");
    for (int i = 0; i < routes.size(); i++) {
      if (new CompiledRoute(routes.get(i), i, RouteLimits.NONE).matches(request, path)) {
        return routes.get(i).name();
      }
    }
    return null;
  }

  @Property(tries = 2000)
  void findsTheFirstHoweverTheyAreFiled(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int size) {
    Random random = new Random(seed);
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      routes.add(randomRoute("r" + i, random));
    }
    RouteIndex index = new RouteIndex(routes, RouteLimits.NONE);
    for (int i = 0; i < 20; i++) {
      FakeRequest request = randomRequest(random);
      CompiledRoute found = index.find(request);
      assertThat(found == null ? null : found.name).isEqualTo(first(routes, request));
    }
  }

  private static Route randomRoute(String name, Random random) {
    String path = randomPath(random);
    StringMatch match =
        switch (random.nextInt(8)) {
          case 0 -> new StringMatch.Exact(path, false);
          case 1 -> new StringMatch.Exact(path, true);
          case 2 -> new StringMatch.Prefix(path, false);
          case 3 -> new StringMatch.Prefix(path, true);
          case 4 -> new StringMatch.PathPrefix(path, false);
          case 5 -> regex(path + ".*", path);
          case 6 -> regex(".*" + path.substring(1));
          default -> prefix("/");
        };
    List<HeaderMatch> headers = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      headers.add(
          new HeaderMatch(
              "h" + random.nextInt(2),
              new StringMatch.Exact(random.nextBoolean() ? "a" : "b", false),
              random.nextInt(4) == 0));
    }
    List<QueryMatch> query =
        random.nextInt(4) == 0
            ? List.of(new QueryMatch("q", new StringMatch.Exact("1", false)))
            : List.of();
    return new Route(
        name,
        new Route.Match(match, headers, query),
        forward("c"),
        null,
        null,
        HeaderEdits.NONE,
        HeaderEdits.NONE);
  }

  private static String randomPath(Random random) {
    StringBuilder path = new StringBuilder("/");
    for (int i = random.nextInt(4); i > 0; i--) {
      path.append("abA/".charAt(random.nextInt(4)));
    }
    return path.toString();
  }

  private static FakeRequest randomRequest(Random random) {
    FakeRequest request =
        new FakeRequest().path(randomPath(random) + (random.nextBoolean() ? "" : "?q=1"));
    for (String name : List.of("h0", "h1")) {
      if (random.nextBoolean()) {
        request.header(name, random.nextBoolean() ? "a" : "b");
      }
    }
    return request;
  }

  @Test
  void readsNoHeaderMoreOftenForMoreRoutes() {
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      routes.add(route("tenant " + i, prefix("/"), forward("c"), header("tenant", "t" + i)));
    }
    int[] read = new int[1];
    FakeRequest request =
        new FakeRequest() {
          @Override
          public @Nullable String header(String name) {
            read[0]++;
            return super.header(name);
          }
        };
    request.header("tenant", "t999");
    assertThat(found(routes, request)).isEqualTo("tenant 999");
    assertThat(read[0]).isLessThanOrEqualTo(2);
  }

  /** Envoy, {@code QueryParamsMulti::parseQueryString}: not decoded, the first of a name counts. */
  @ParameterizedTest
  @CsvSource({
    "/?a=1, true",
    "/?b=2&a=1, true",
    "/?a=2&a=1, false",
    "/?a=1&a=2, true",
    "/?a, false",
    "/?aa=1, false",
    "/?a=11, false",
    "/?a=%31, false",
    "/?A=1, false",
    "/a=1, false",
    "/?, false"
  })
  void queryParameters(String target, boolean holds) {
    QueryCondition condition =
        new QueryCondition(new QueryMatch("a", new StringMatch.Exact("1", false)));
    assertThat(condition.holds(target)).isEqualTo(holds);
  }

  @ParameterizedTest
  @CsvSource({"/?a, true", "/?a=, true", "/?a=b, true", "/?ab, false", "/, false"})
  void presentQueryParameters(String target, boolean holds) {
    QueryCondition condition = new QueryCondition(new QueryMatch("a", new StringMatch.Present()));
    assertThat(condition.holds(target)).isEqualTo(holds);
  }
}
