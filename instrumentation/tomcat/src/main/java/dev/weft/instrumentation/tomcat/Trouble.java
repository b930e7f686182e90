package dev.weft.instrumentation.tomcat;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;

/** Says in Tomcat's log, the first few times, that something of ours went wrong. */
final class Trouble {

  private static final Log log = LogFactory.getLog("dev.weft.tomcat");
  private static final int ENOUGH = 10;
  private static final AtomicInteger reports = new AtomicInteger();

  private Trouble() {}

  static void report(String what) {
    log.warn(what);
  }

  static void report(String what, Throwable cause) {
    if (reports.getAndUpdate(n -> Math.min(n + 1, ENOUGH)) < ENOUGH) {
      log.warn(what, cause);
    }
  }
}
