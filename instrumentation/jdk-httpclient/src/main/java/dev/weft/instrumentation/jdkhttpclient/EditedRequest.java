package dev.weft.instrumentation.jdkhttpclient;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;

/** A request with other headers, and possibly another URI, than the application gave it. */
final class EditedRequest extends HttpRequest {

  private final HttpRequest original;
  private final URI uri;
  private final HttpHeaders headers;

  EditedRequest(HttpRequest original, URI uri, HttpHeaders headers) {
    this.original = original;
    this.uri = uri;
    this.headers = headers;
  }

  @Override
  public Optional<BodyPublisher> bodyPublisher() {
    return original.bodyPublisher();
  }

  @Override
  public String method() {
    return original.method();
  }

  @Override
  public Optional<Duration> timeout() {
    return original.timeout();
  }

  @Override
  public boolean expectContinue() {
    return original.expectContinue();
  }

  @Override
  public URI uri() {
    return uri;
  }

  @Override
  public Optional<HttpClient.Version> version() {
    return original.version();
  }

  @Override
  public HttpHeaders headers() {
    return headers;
  }
}
