package dev.weft.benchmarks.micro;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.weft.engine.model.RouteTable;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.RegexMatcher;
import dev.weft.xds.proto.Route;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.translation.ResourceRefused;
import dev.weft.xds.translation.Translation;
import java.util.ArrayList;
import java.util.List;

/**
 * Route configurations of a given size as they come from the control server: half of the routes by
 * an exact path, a quarter by a prefix, an eighth by a regular expression, an eighth by a header.
 */
final class RouteTables {

  static final String HEADER = "x-tenant";

  private RouteTables() {}

  static Any encoded(String host, int routes) {
    VirtualHost.Builder virtualHost = VirtualHost.newBuilder().setName(host).addDomains(host);
    for (int i = 0; i < routes; i++) {
      virtualHost.addRoutes(
          Route.newBuilder()
              .setName("r" + i)
              .setMatch(match(i))
              .setRoute(
                  RouteAction.newBuilder()
                      .setCluster(Mesh.CLUSTER)
                      // None, as the control server has it where nothing is said.
                      .setTimeout(Duration.getDefaultInstance())));
    }
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/envoy.config.route.v3.RouteConfiguration")
        .setValue(
            RouteConfiguration.newBuilder()
                .setName(host)
                .addVirtualHosts(virtualHost)
                .build()
                .toByteString())
        .build();
  }

  private static RouteMatch match(int i) {
    RouteMatch.Builder match = RouteMatch.newBuilder();
    return switch (i % 8) {
      case 0, 1, 2, 3 -> match.setPath("/exact/" + i).build();
      case 4, 5 -> match.setPrefix("/prefix/" + i + "/").build();
      case 6 ->
          match.setSafeRegex(RegexMatcher.newBuilder().setRegex("/regex/" + i + "/[a-z]+")).build();
      default ->
          match
              .setPrefix("/")
              .addHeaders(
                  HeaderMatcher.newBuilder()
                      .setName(HEADER)
                      .setStringMatch(StringMatcher.newBuilder().setExact("t" + i)))
              .build();
    };
  }

  /** One request for each kind of route, and so many others, spread over the table. */
  static List<Request> requests(String host, int routes, int count) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int route = (int) ((long) i * routes / count) / 8 * 8 + i % 8;
      route = route < routes ? route : i % 8;
      requests.add(
          switch (i % 8) {
            case 0, 1, 2, 3 -> new Request(host, "/exact/" + route + "?page=1", null);
            case 4, 5 -> new Request(host, "/prefix/" + route + "/x", null);
            case 6 -> new Request(host, "/regex/" + route + "/abc", null);
            default -> new Request(host, "/other", "t" + route);
          });
    }
    return requests;
  }

  static RouteTable translated(Any encoded) {
    try {
      return Translation.route("r", encoded).value().table();
    } catch (ResourceRefused e) {
      throw new IllegalStateException(e);
    }
  }
}
