package dev.weft.engine.upstream;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The two messages of grpc.health.v1.Health/Check, each with one field, in protobuf's encoding:
 * {@code HealthCheckRequest.service = 1} (string), {@code HealthCheckResponse.status = 1} (enum).
 */
final class GrpcHealth {

  private static final int LENGTH_DELIMITED = 2;
  private static final int SERVICE = 1 << 3 | LENGTH_DELIMITED;
  private static final int STATUS = 1 << 3;
  private static final int SERVING = 1;
  private static final int MORE = 0x80;

  private GrpcHealth() {}

  static byte[] request(String service) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    if (!service.isEmpty()) {
      byte[] name = service.getBytes(StandardCharsets.UTF_8);
      message.write(SERVICE);
      for (int rest = name.length; ; rest >>>= 7) {
        if (rest < MORE) {
          message.write(rest);
          break;
        }
        message.write(rest | MORE);
      }
      message.writeBytes(name);
    }
    return message.toByteArray();
  }

  /** Fields that come after the status are nobody's yet, and don't change it. */
  static boolean isServing(byte[] response) {
    return response.length >= 2 && response[0] == STATUS && response[1] == SERVING;
  }
}
