package dev.weft.differential;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.RateLimitDescriptor;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitRequest;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitResponse;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The rate limit service that both sides ask. It counts nothing: what it answers is the value of a
 * descriptor's entry, {@code over}, {@code fail} or anything else.
 */
final class RateLimitService implements AutoCloseable {

  private static final String NAME = "envoy.service.ratelimit.v3.RateLimitService";

  private final Server server;

  private RateLimitService(Server server) {
    this.server = server;
  }

  static RateLimitService start(String address, int port) throws IOException {
    return new RateLimitService(
        GrpcServer.start(
            address, port, NAME, "ShouldRateLimit", (call, headers) -> answering(call)));
  }

  private static ServerCall.Listener<byte[]> answering(ServerCall<byte[], byte[]> call) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        try {
          List<RateLimitDescriptor> asked =
              RateLimitRequest.parseFrom(message).getDescriptorsList();
          if (says(asked, "fail")) {
            call.close(Status.INTERNAL, new Metadata());
            return;
          }
          call.sendHeaders(new Metadata());
          call.sendMessage(answer(asked).toByteArray());
          call.close(Status.OK, new Metadata());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static boolean says(List<RateLimitDescriptor> asked, String value) {
    return asked.stream()
        .flatMap(descriptor -> descriptor.getEntriesList().stream())
        .anyMatch(entry -> entry.getValue().equals(value));
  }

  /** Tells what was asked, in a header. */
  private static Message answer(List<RateLimitDescriptor> asked) {
    boolean over = says(asked, "over");
    StringBuilder descriptors = new StringBuilder();
    RateLimitResponse.Builder response = RateLimitResponse.newBuilder();
    for (RateLimitDescriptor descriptor : asked) {
      for (RateLimitDescriptor.Entry entry : descriptor.getEntriesList()) {
        descriptors.append(entry.getKey()).append('=').append(entry.getValue()).append(' ');
      }
      response.addStatuses(
          RateLimitResponse.DescriptorStatus.newBuilder()
              .setCurrentLimit(
                  RateLimitResponse.RateLimit.newBuilder()
                      .setRequestsPerUnit(7)
                      .setUnit(RateLimitResponse.RateLimit.Unit.MINUTE)
                      .setName("seven"))
              .setLimitRemaining(over ? 0 : 3)
              .setDurationUntilReset(Duration.newBuilder().setSeconds(9)));
    }
    return response
        .setOverallCode(over ? RateLimitResponse.Code.OVER_LIMIT : RateLimitResponse.Code.OK)
        .addResponseHeadersToAdd(
            HeaderValue.newBuilder().setKey("x-asked").setValue(descriptors.toString().strip()))
        .addRequestHeadersToAdd(HeaderValue.newBuilder().setKey("x-limited").setValue("no"))
        .setRawBody(over ? ByteString.copyFromUtf8("slow down") : ByteString.EMPTY)
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
