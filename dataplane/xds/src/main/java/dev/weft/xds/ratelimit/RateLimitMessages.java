package dev.weft.xds.ratelimit;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.engine.Header;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.spi.RateLimitCodec;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.RateLimitDescriptor;
import dev.weft.xds.proto.RateLimitRequest;
import dev.weft.xds.proto.RateLimitResponse;
import dev.weft.xds.proto.RateLimitResponse.DescriptorStatus;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Envoy's service.ratelimit.v3.RateLimitRequest and RateLimitResponse. */
public final class RateLimitMessages implements RateLimitCodec {

  @Override
  public byte[] request(String domain, List<List<Entry>> descriptors) {
    RateLimitRequest.Builder request = RateLimitRequest.newBuilder().setDomain(domain);
    for (List<Entry> descriptor : descriptors) {
      RateLimitDescriptor.Builder entries = RateLimitDescriptor.newBuilder();
      for (Entry entry : descriptor) {
        entries.addEntries(
            RateLimitDescriptor.Entry.newBuilder().setKey(entry.key()).setValue(entry.value()));
      }
      request.addDescriptors(entries);
    }
    return request.build().toByteArray();
  }

  @Override
  public Answer answer(byte[] response) {
    RateLimitResponse read;
    try {
      read = RateLimitResponse.parseFrom(response);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
    return new Answer(
        // As by Envoy whatever is not that lets the request pass.
        read.getOverallCode() == RateLimitResponse.Code.OVER_LIMIT,
        read.getStatusesList().stream()
            .filter(DescriptorStatus::hasCurrentLimit)
            .map(RateLimitMessages::quota)
            .toList(),
        headers(read.getResponseHeadersToAddList()),
        headers(read.getRequestHeadersToAddList()),
        read.getRawBody().toStringUtf8());
  }

  private static Quota quota(DescriptorStatus status) {
    RateLimitResponse.RateLimit limit = status.getCurrentLimit();
    return new Quota(
        Integer.toUnsignedLong(limit.getRequestsPerUnit()),
        switch (limit.getUnit()) {
          case SECOND -> 1;
          case MINUTE -> TimeUnit.MINUTES.toSeconds(1);
          case HOUR -> TimeUnit.HOURS.toSeconds(1);
          case DAY -> TimeUnit.DAYS.toSeconds(1);
          case WEEK -> TimeUnit.DAYS.toSeconds(7);
          case MONTH -> TimeUnit.DAYS.toSeconds(30);
          case YEAR -> TimeUnit.DAYS.toSeconds(365);
          case UNKNOWN, UNRECOGNIZED -> 0;
        },
        limit.getName(),
        Integer.toUnsignedLong(status.getLimitRemaining()),
        status.getDurationUntilReset().getSeconds());
  }

  private static List<Header> headers(List<HeaderValue> headers) {
    return headers.stream()
        .map(
            header ->
                new Header(
                    header.getKey().toLowerCase(Locale.ROOT),
                    header.getRawValue().isEmpty()
                        ? header.getValue()
                        : header.getRawValue().toStringUtf8()))
        .toList();
  }
}
