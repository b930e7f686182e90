package dev.weft.differential;

import java.io.IOException;

/** What gRPC's health checks ask: always says the same. */
final class HealthService {

  private static final byte[] SERVING = {8, 1};
  private static final byte[] NOT_SERVING = {8, 2};

  private HealthService() {}

  static UnaryService start(String address, int port, boolean serving) throws IOException {
    return UnaryService.start(
        address, port, "grpc.health.v1.Health", "Check", asked -> serving ? SERVING : NOT_SERVING);
  }
}
