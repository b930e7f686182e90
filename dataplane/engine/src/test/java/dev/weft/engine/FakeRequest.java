package dev.weft.engine;

import dev.weft.engine.outbound.OutboundRequest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET http://catalog:8080/items?page=1}, unless a test says otherwise. */
public class FakeRequest implements OutboundRequest {

  public String host = "catalog";
  public int port = 8080;
  public String scheme = "http";
  public String authority = "catalog:8080";
  public String method = "GET";
  public String path = "/items?page=1";
  public boolean replayable = true;
  public final Map<String, String> headers = new HashMap<>();

  public FakeRequest host(String host) {
    this.host = host;
    authority = host + ":" + port;
    return this;
  }

  public FakeRequest path(String path) {
    this.path = path;
    return this;
  }

  public FakeRequest header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  public FakeRequest onceOnly() {
    replayable = false;
    return this;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String scheme() {
    return scheme;
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public boolean replayable() {
    return replayable;
  }

  @Override
  public @Nullable String header(String name) {
    return headers.get(name);
  }
}
