package dev.weft.engine.limits;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /items?page=1} from 10.0.0.9, without an identity, unless a test says otherwise. */
final class FakeLimitedRequest implements LimitedRequest {

  final Map<String, String> headers = new HashMap<>(Map.of(":method", "GET"));
  String target = "/items?page=1";
  @Nullable String remoteAddress = "10.0.0.9";
  @Nullable String cluster = "outbound|80||catalog";
  @Nullable String peer;

  static FakeLimitedRequest with(String... headers) {
    FakeLimitedRequest request = new FakeLimitedRequest();
    for (int i = 0; i < headers.length; i += 2) {
      request.headers.put(headers[i], headers[i + 1]);
    }
    return request;
  }

  @Override
  public @Nullable String header(String name) {
    return name.equals(":path") ? target : headers.get(name);
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public @Nullable String remoteAddress() {
    return remoteAddress;
  }

  @Override
  public @Nullable String destinationCluster() {
    return cluster;
  }

  @Override
  public @Nullable String peerIdentity() {
    return peer;
  }
}
