package dev.weft.engine.upstream;

import java.util.List;
import java.util.stream.Stream;

/** A cluster's endpoints of one priority, by locality; without those that are never picked. */
record HostSet(List<Locality> localities) {

  /**
   * @param name {@code region/zone/subzone}; may be empty
   * @param weight share of the load, where localities are weighted
   */
  record Locality(String name, int weight, List<Target> targets) {}

  Stream<Target> targets() {
    return localities.stream().flatMap(locality -> locality.targets().stream());
  }
}
