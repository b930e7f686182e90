package dev.weft.xds.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.engine.Header;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.spi.RateLimitCodec;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.RateLimitRequest;
import dev.weft.xds.proto.RateLimitResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Envoy's service.ratelimit.v3. */
class RateLimitMessagesTest {

  private final RateLimitMessages messages = new RateLimitMessages();

  @Test
  void theQuestion() throws InvalidProtocolBufferException {
    RateLimitRequest request =
        RateLimitRequest.parseFrom(
            messages.request(
                "shop",
                List.of(
                    List.of(new Entry("user", "ann"), new Entry("plan", "free")),
                    List.of(new Entry("generic_key", "all")))));
    assertThat(request.getDomain()).isEqualTo("shop");
    assertThat(request.getDescriptorsCount()).isEqualTo(2);
    assertThat(request.getDescriptors(0).getEntries(1).getKey()).isEqualTo("plan");
    assertThat(request.getDescriptors(0).getEntries(1).getValue()).isEqualTo("free");
  }

  @Test
  void theAnswer() {
    RateLimitResponse response =
        RateLimitResponse.newBuilder()
            .setOverallCode(RateLimitResponse.Code.OVER_LIMIT)
            .addStatuses(RateLimitResponse.DescriptorStatus.getDefaultInstance())
            .addStatuses(
                RateLimitResponse.DescriptorStatus.newBuilder()
                    .setCurrentLimit(
                        RateLimitResponse.RateLimit.newBuilder()
                            .setRequestsPerUnit(5)
                            .setUnit(RateLimitResponse.RateLimit.Unit.MINUTE)
                            .setName("by-user"))
                    .setLimitRemaining(2)
                    .setDurationUntilReset(Duration.newBuilder().setSeconds(9)))
            .addResponseHeadersToAdd(HeaderValue.newBuilder().setKey("X-A").setValue("1"))
            .addRequestHeadersToAdd(
                HeaderValue.newBuilder().setKey("x-b").setRawValue(ByteString.copyFromUtf8("2")))
            .setRawBody(ByteString.copyFromUtf8("slow down"))
            .build();
    assertThat(messages.answer(response.toByteArray()))
        .isEqualTo(
            new RateLimitCodec.Answer(
                true,
                List.of(new RateLimitCodec.Quota(5, 60, "by-user", 2, 9)),
                List.of(new Header("x-a", "1")),
                List.of(new Header("x-b", "2")),
                "slow down"));
  }

  @ParameterizedTest
  @EnumSource(names = {"OK", "UNKNOWN"})
  void onlyOverLimitIsBeyondIt(RateLimitResponse.Code code) {
    byte[] response = RateLimitResponse.newBuilder().setOverallCode(code).build().toByteArray();
    assertThat(messages.answer(response).overLimit()).isFalse();
  }

  @Test
  void whatCannotBeReadIsAnError() {
    assertThatThrownBy(() -> messages.answer(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
