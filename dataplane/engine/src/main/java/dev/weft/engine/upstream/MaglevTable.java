package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing.Maglev;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's MAGLEV: endpoints take the entries of a table in turn, by weight, each in an order of its
 * own; a request goes to the entry of its hash.
 */
final class MaglevTable implements LoadBalancer {

  private final Target[] table;

  MaglevTable(Maglev policy, HashShares shares) {
    table = fill(policy.tableSize(), shares);
  }

  private static Target[] fill(int size, HashShares shares) {
    Claim[] claims =
        IntStream.range(0, shares.targets.length)
            .mapToObj(i -> new Claim(shares.targets[i], shares.shares[i], size))
            .sorted(Comparator.comparing(claim -> claim.key))
            .toArray(Claim[]::new);
    @Nullable Target[] table = new @Nullable Target[size];
    double largest = shares.largest();
    int filled = 0;
    for (long round = 1; filled < size; round++) {
      for (int i = 0; i < claims.length && filled < size; i++) {
        if (claims[i].takesPartIn(round, largest)) {
          table[claims[i].take(table)] = claims[i].target;
          filled++;
        }
      }
    }
    return Arrays.stream(table).map(Objects::requireNonNull).toArray(Target[]::new);
  }

  @Override
  public Target pick(long hash, int attempt) {
    // Envoy's way to another entry: by so many bits that it is likely to be another endpoint's.
    long mixed = attempt == 0 ? hash : hash ^ -attempt;
    return table[(int) Long.remainderUnsigned(mixed, table.length)];
  }

  /** An endpoint that takes entries. */
  private static final class Claim {
    private final Target target;
    private final String key;
    private final double share;
    private final long offset;
    private final long skip;
    private final int size;
    private double due;
    private long next;

    Claim(Target target, double share, int size) {
      this.target = target;
      this.share = share;
      this.size = size;
      key = HashKey.of(target.endpoint().address());
      offset = Long.remainderUnsigned(XxHash64.hash(key), size);
      skip = Long.remainderUnsigned(XxHash64.hash(key, 1), size - 1) + 1;
    }

    boolean takesPartIn(long round, double largest) {
      if (round * share < due) {
        return false;
      }
      due += largest;
      return true;
    }

    /** The first entry of its order that is free. */
    int take(@Nullable Target[] table) {
      while (true) {
        int entry = (int) ((offset + skip * next) % size);
        next++;
        if (table[entry] == null) {
          return entry;
        }
      }
    }
  }
}
