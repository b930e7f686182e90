package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.RingHash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Envoy's RING_HASH (Ketama with xxHash): each endpoint is at as many places of the ring as its
 * share asks for, and a request goes to the first place at or after its hash.
 */
final class Ring implements LoadBalancer {

  private final long[] places;
  private final Target[] owners;

  Ring(RingHash policy, HashShares shares) {
    double smallest = shares.smallest();
    double scale =
        Math.min(
            Math.ceil(smallest * policy.minimumSize()) / smallest, (double) policy.maximumSize());
    List<Place> ring = new ArrayList<>();
    double wanted = 0;
    for (int i = 0; i < shares.targets.length; i++) {
      Target target = shares.targets[i];
      String prefix = HashKey.of(target.endpoint().address()) + "_";
      wanted += scale * shares.shares[i];
      for (int n = 0; ring.size() < wanted; n++) {
        ring.add(new Place(XxHash64.hash(prefix + n), target));
      }
    }
    ring.sort(Comparator.comparingLong(place -> place.hash + Long.MIN_VALUE));
    places = ring.stream().mapToLong(Place::hash).toArray();
    owners = ring.stream().map(Place::owner).toArray(Target[]::new);
  }

  private record Place(long hash, Target owner) {}

  int size() {
    return places.length;
  }

  @Override
  public Target pick(long hash, int attempt) {
    int low = 0;
    int high = places.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(places[middle], hash) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int first = low == places.length ? 0 : low;
    return owners[(first + attempt) % owners.length];
  }
}
