package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.RequestContext;

/**
 * On whose behalf the application sent a request: taken on the application's thread, used on
 * whichever of the client's threads begins an exchange.
 */
final class Caller extends Carried {

  private final RequestContext context;

  Caller(RequestContext context) {
    this.context = context;
  }

  RequestContext context() {
    return context;
  }
}
