package dev.weft.engine.spi;

import java.util.concurrent.atomic.LongAdder;

/** What came of the handshakes with one destination, or of those that callers began. */
public final class TlsStatistics {

  private final LongAdder handshakes = new LongAdder();
  private final LongAdder resumed = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** One ended well. */
  public void shookHands(boolean resumedSession) {
    handshakes.increment();
    if (resumedSession) {
      resumed.increment();
    }
  }

  /** One came to nothing. */
  public void failed() {
    failures.increment();
  }

  /** Those that ended well, full and resumed. */
  public long handshakes() {
    return handshakes.sum();
  }

  public long resumed() {
    return resumed.sum();
  }

  public long failures() {
    return failures.sum();
  }
}
