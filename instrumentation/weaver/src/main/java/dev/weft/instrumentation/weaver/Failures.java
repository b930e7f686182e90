package dev.weft.instrumentation.weaver;

import dev.weft.instrumentation.api.AdviceFailures;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Failures of woven code, kept from the application: all are counted, the first few logged. */
final class Failures implements AdviceFailures.Reporter {

  private static final Logger log = Logger.getLogger(Failures.class.getName());
  private static final int LOGGED = 10;

  private final AtomicLong count = new AtomicLong();

  long count() {
    return count.get();
  }

  @Override
  public void report(String where, Throwable failure) {
    try {
      long number = count.incrementAndGet();
      if (number <= LOGGED) {
        log.log(
            Level.WARNING,
            where + " failed" + (number == LOGGED ? "; further failures are only counted" : ""),
            failure);
      }
    } catch (Throwable e) {
      // Out of memory or stack. The application is next to notice.
    }
  }
}
