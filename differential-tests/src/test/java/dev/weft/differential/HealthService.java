package dev.weft.differential;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;

/** What gRPC's health checks ask: always says the same. */
final class HealthService implements AutoCloseable {

  private static final byte[] SERVING = {8, 1};
  private static final byte[] NOT_SERVING = {8, 2};

  private final Server server;

  private HealthService(Server server) {
    this.server = server;
  }

  static HealthService start(String address, int port, boolean serving) throws IOException {
    return new HealthService(
        GrpcServer.start(
            address,
            port,
            "grpc.health.v1.Health",
            "Check",
            (call, headers) -> answering(call, serving ? SERVING : NOT_SERVING)));
  }

  private static ServerCall.Listener<byte[]> answering(
      ServerCall<byte[], byte[]> call, byte[] answer) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onHalfClose() {
        call.sendHeaders(new Metadata());
        call.sendMessage(answer);
        call.close(Status.OK, new Metadata());
      }
    };
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
