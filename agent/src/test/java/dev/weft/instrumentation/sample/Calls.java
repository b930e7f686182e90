package dev.weft.instrumentation.sample;

import java.util.concurrent.atomic.AtomicInteger;

/** State of the module, once for each class loader of the application. */
final class Calls {

  private static final AtomicInteger calls = new AtomicInteger();

  private Calls() {}

  static int next() {
    return calls.incrementAndGet();
  }
}
