package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;

/** One request and what becomes of it; compared by identity. */
final class HttpExchange {

  final Request request;
  final Undertaking<Response> undertaking;

  HttpExchange(ConnectionKey to, Request request) {
    this.request = request;
    this.undertaking = new Undertaking<>(to);
  }

  ConnectionKey to() {
    return undertaking.to();
  }
}
