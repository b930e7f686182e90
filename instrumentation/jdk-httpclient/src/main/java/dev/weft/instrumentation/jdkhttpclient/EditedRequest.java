package dev.weft.instrumentation.jdkhttpclient;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;

/** A request with another URI, other headers or another body than the application gave it. */
final class EditedRequest extends HttpRequest {

  private final HttpRequest original;
  private final URI uri;
  private final HttpHeaders headers;
  private final Optional<BodyPublisher> body;

  EditedRequest(HttpRequest original, URI uri, HttpHeaders headers, Optional<BodyPublisher> body) {
    this.original = original;
    this.uri = uri;
    this.headers = headers;
    this.body = body;
  }

  @Override
  public Optional<BodyPublisher> bodyPublisher() {
    return body;
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
