package dev.weft.identity;

import dev.weft.engine.spi.TlsStatistics;
import dev.weft.engine.spi.UpstreamTls;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** What came of handshakes, by whom they were with. Outlives certificates. */
final class Handshakes {

  /** Destinations come and go; to forget them all has their counts begin at 0 again. */
  private static final int MOST = 10_000;

  private final TlsStatistics callers = new TlsStatistics();
  private final ConcurrentMap<UpstreamTls, TlsStatistics> destinations = new ConcurrentHashMap<>();

  /** Those that callers began. */
  TlsStatistics ofCallers() {
    return callers;
  }

  /** Those with one destination, which is remembered from now on. */
  TlsStatistics with(UpstreamTls destination) {
    if (destinations.size() >= MOST) {
      destinations.clear();
    }
    return destinations.computeIfAbsent(destination, peer -> new TlsStatistics());
  }

  /** Null if nobody was connected to. */
  @Nullable TlsStatistics known(UpstreamTls destination) {
    return destinations.get(destination);
  }
}
