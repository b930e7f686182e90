package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;

/** Shows the application's body handler the headers that it will find in the response. */
record EditedHeadHandler<T>(BodyHandler<T> handler, HeaderEdits edits) implements BodyHandler<T> {

  @Override
  public BodySubscriber<T> apply(ResponseInfo head) {
    return handler.apply(
        new EditedHead(head.statusCode(), Headers.edited(head.headers(), edits), head.version()));
  }

  private record EditedHead(int statusCode, HttpHeaders headers, HttpClient.Version version)
      implements ResponseInfo {}
}
