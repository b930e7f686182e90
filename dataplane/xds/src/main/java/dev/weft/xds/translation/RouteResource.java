package dev.weft.xds.translation;

import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import java.util.Set;
import java.util.TreeSet;

/**
 * A RouteConfiguration.
 *
 * @param clusters names of the clusters that its routes send to, fallbacks and mirrors included
 */
public record RouteResource(RouteTable table, Set<String> clusters) {

  static RouteResource of(RouteTable table) {
    Set<String> clusters = new TreeSet<>();
    for (RouteTable.VirtualHost host : table.virtualHosts()) {
      for (Route route : host.routes()) {
        if (route.action() instanceof Route.Forward forward) {
          for (Route.Destination destination : forward.destinations()) {
            clusters.add(destination.cluster());
            if (!destination.fallback().isEmpty()) {
              clusters.add(destination.fallback());
            }
          }
          forward.mirrors().forEach(mirror -> clusters.add(mirror.cluster()));
        }
      }
    }
    return new RouteResource(table, Set.copyOf(clusters));
  }
}
