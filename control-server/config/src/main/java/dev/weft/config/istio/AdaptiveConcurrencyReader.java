package dev.weft.config.istio;

import dev.weft.config.model.AdaptiveConcurrency;
import dev.weft.config.source.Fields;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads a ServicePolicy's {@code adaptiveConcurrency}. */
final class AdaptiveConcurrencyReader {

  private static final Duration UPDATE_INTERVAL = Duration.ofMillis(100);
  private static final Duration MIN_RTT_INTERVAL = Duration.ofSeconds(60);

  private record MinRtt(
      @Nullable Duration interval,
      @Nullable Duration fixed,
      @Nullable Integer requests,
      @Nullable Double jitter,
      @Nullable Double buffer) {}

  private AdaptiveConcurrencyReader() {}

  static AdaptiveConcurrency read(Fields fields) {
    Integer min = fields.integer("minConcurrency", 1, 1_000_000);
    Integer max = fields.integer("maxConcurrency", 1, 1_000_000);
    if (min != null && max != null && min > max) {
      fields.error("minConcurrency", "must not be above maxConcurrency");
    }
    Duration update = CommonFields.positiveDuration(fields, "updateInterval");
    MinRtt minRtt = fields.objectOrEmpty("minRtt", AdaptiveConcurrencyReader::minRtt);
    Duration interval = minRtt == null ? null : minRtt.interval;
    return new AdaptiveConcurrency(
        min,
        max,
        fields.number("percentile", 0, 100),
        update == null ? UPDATE_INTERVAL : update,
        interval == null ? MIN_RTT_INTERVAL : interval,
        minRtt == null ? null : minRtt.fixed,
        minRtt == null ? null : minRtt.requests,
        minRtt == null ? null : minRtt.jitter,
        minRtt == null ? null : minRtt.buffer,
        CommonFields.refusalStatus(fields, "status"));
  }

  private static MinRtt minRtt(Fields fields) {
    if (fields.has("fixed")) {
      for (String measured : new String[] {"interval", "requests", "jitter"}) {
        if (fields.has(measured)) {
          fields.error(measured, "has no meaning with fixed");
        }
      }
    }
    return new MinRtt(
        CommonFields.positiveDuration(fields, "interval"),
        CommonFields.positiveDuration(fields, "fixed"),
        fields.integer("requests", 1, 1_000_000),
        fields.number("jitter", 0, 100),
        fields.number("buffer", 0, 100));
  }
}
