package dev.weft.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The same two applications three times: without the agent, with everything on, and with everything
 * on and every request traced.
 */
record Pairs(Pair plain, Pair meshed, Pair traced) implements AutoCloseable {

  /** The namespace where one request in a hundred has spans. */
  static final String SAMPLED = "sampled";

  static final double SAMPLED_SHARE = 0.01;

  /** Starts them without waiting; their namespaces end in {@code suffix}. */
  static Pairs start(Testbed testbed, String suffix) throws IOException, InterruptedException {
    List<Pair> started = new ArrayList<>();
    try {
      started.add(Pair.plain(testbed, suffix));
      started.add(sampled(testbed, suffix));
      started.add(Pair.meshed(testbed, "traced" + suffix, 1));
    } catch (IOException | RuntimeException | InterruptedException e) {
      started.forEach(Pair::close);
      throw e;
    }
    return new Pairs(started.get(0), started.get(1), started.get(2));
  }

  /** The one with everything on alone. */
  static Pair sampled(Testbed testbed, String suffix) throws IOException, InterruptedException {
    return Pair.meshed(testbed, SAMPLED + suffix, SAMPLED_SHARE);
  }

  void awaitServing() throws IOException {
    for (Pair pair : List.of(plain, meshed, traced)) {
      pair.awaitServing();
    }
  }

  @Override
  public void close() {
    plain.close();
    meshed.close();
    traced.close();
  }
}
