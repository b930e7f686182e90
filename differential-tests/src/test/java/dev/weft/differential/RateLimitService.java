package dev.weft.differential;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.extensions.common.ratelimit.v3.RateLimitDescriptor;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitRequest;
import io.envoyproxy.envoy.service.ratelimit.v3.RateLimitResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rate limit service that both sides ask. It counts nothing: what it answers is the value of a
 * descriptor's entry, {@code over}, {@code fail} or anything else.
 */
final class RateLimitService {

  private RateLimitService() {}

  static UnaryService start(String address, int port) throws IOException {
    return UnaryService.start(
        address,
        port,
        "envoy.service.ratelimit.v3.RateLimitService",
        "ShouldRateLimit",
        RateLimitService::answer);
  }

  private static byte @Nullable [] answer(byte[] message) throws IOException {
    List<RateLimitDescriptor> asked = RateLimitRequest.parseFrom(message).getDescriptorsList();
    return says(asked, "fail") ? null : answer(asked).toByteArray();
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
}
