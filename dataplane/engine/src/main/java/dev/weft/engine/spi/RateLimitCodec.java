package dev.weft.engine.spi;

import dev.weft.engine.Header;
import dev.weft.engine.model.RateLimit.Entry;
import java.util.List;

/** Envoy's service.ratelimit.v3.RateLimitRequest and RateLimitResponse, encoded. */
public interface RateLimitCodec {

  /** By which nobody can be asked. */
  RateLimitCodec NONE =
      new RateLimitCodec() {
        @Override
        public byte[] request(String domain, List<List<Entry>> descriptors) {
          return new byte[0];
        }

        @Override
        public Answer answer(byte[] response) {
          throw new IllegalArgumentException("no way to ask a rate limit service");
        }
      };

  /** A request that counts once for each descriptor. */
  byte[] request(String domain, List<List<Entry>> descriptors);

  /**
   * @throws IllegalArgumentException if it can't be decoded, or says nothing
   */
  Answer answer(byte[] response);

  /**
   * What a service says.
   *
   * @param quotas of those descriptors that have a limit
   * @param body of the answer to a request beyond the limit
   */
  record Answer(
      boolean overLimit,
      List<Quota> quotas,
      List<Header> responseHeaders,
      List<Header> requestHeaders,
      String body) {}

  /**
   * How a descriptor stands.
   *
   * @param requests in the whole window
   * @param windowSeconds 0: unknown
   * @param name of the limit; may be empty
   */
  record Quota(
      long requests, long windowSeconds, String name, long remaining, long secondsToReset) {}
}
