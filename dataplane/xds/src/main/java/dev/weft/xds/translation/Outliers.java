package dev.weft.xds.translation;

import com.google.protobuf.UInt32Value;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.model.OutlierDetection.FailurePercentage;
import dev.weft.engine.model.OutlierDetection.SuccessRate;
import dev.weft.xds.proto.OutlierDetection;
import java.time.Duration;
import java.util.Set;

/** A Cluster's outlier_detection; Envoy's defaults where a field is unset. */
final class Outliers {

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration BASE_EJECTION_TIME = Duration.ofSeconds(30);
  private static final Duration MAX_EJECTION_TIME = Duration.ofMinutes(5);

  private Outliers() {}

  static dev.weft.engine.model.OutlierDetection detection(
      OutlierDetection source, Set<Integer> errorCodes, Findings findings) throws ResourceRefused {
    findings.noteUnread(source, "outlier_detection");
    if (source.hasSuccessfulActiveHealthCheckUnejectHost()
        && !source.getSuccessfulActiveHealthCheckUnejectHost().getValue()) {
      findings.note(
          "outlier_detection.successful_active_health_check_uneject_host", "false has no effect");
    }
    Duration interval = source.hasInterval() ? Values.duration(source.getInterval()) : INTERVAL;
    Duration base =
        source.hasBaseEjectionTime()
            ? Values.duration(source.getBaseEjectionTime())
            : BASE_EJECTION_TIME;
    Duration longest =
        source.hasMaxEjectionTime()
            ? Values.duration(source.getMaxEjectionTime())
            : base.compareTo(MAX_EJECTION_TIME) > 0 ? base : MAX_EJECTION_TIME;
    if (longest.compareTo(base) < 0) {
      throw findings.refusal(
          "outlier_detection.max_ejection_time", "must not be less than base_ejection_time");
    }
    return new dev.weft.engine.model.OutlierDetection(
        interval,
        base,
        longest,
        Values.duration(source.getMaxEjectionTimeJitter()),
        or(source.hasMaxEjectionPercent(), source.getMaxEjectionPercent(), 10),
        source.getAlwaysEjectOneHost().getValue(),
        source.getSplitExternalLocalOriginErrors(),
        errorCodes,
        new Consecutive(
            or(source.hasConsecutive5Xx(), source.getConsecutive5Xx(), 5),
            or(source.hasEnforcingConsecutive5Xx(), source.getEnforcingConsecutive5Xx(), 100)),
        new Consecutive(
            or(source.hasConsecutiveGatewayFailure(), source.getConsecutiveGatewayFailure(), 5),
            or(
                source.hasEnforcingConsecutiveGatewayFailure(),
                source.getEnforcingConsecutiveGatewayFailure(),
                0)),
        new Consecutive(
            or(
                source.hasConsecutiveLocalOriginFailure(),
                source.getConsecutiveLocalOriginFailure(),
                5),
            or(
                source.hasEnforcingConsecutiveLocalOriginFailure(),
                source.getEnforcingConsecutiveLocalOriginFailure(),
                100)),
        successRate(source),
        failurePercentage(source));
  }

  private static SuccessRate successRate(OutlierDetection source) {
    return new SuccessRate(
        or(source.hasSuccessRateMinimumHosts(), source.getSuccessRateMinimumHosts(), 5),
        or(source.hasSuccessRateRequestVolume(), source.getSuccessRateRequestVolume(), 100),
        or(source.hasSuccessRateStdevFactor(), source.getSuccessRateStdevFactor(), 1900),
        or(source.hasEnforcingSuccessRate(), source.getEnforcingSuccessRate(), 100),
        or(
            source.hasEnforcingLocalOriginSuccessRate(),
            source.getEnforcingLocalOriginSuccessRate(),
            100));
  }

  private static FailurePercentage failurePercentage(OutlierDetection source) {
    return new FailurePercentage(
        or(source.hasFailurePercentageThreshold(), source.getFailurePercentageThreshold(), 85),
        or(source.hasFailurePercentageMinimumHosts(), source.getFailurePercentageMinimumHosts(), 5),
        or(
            source.hasFailurePercentageRequestVolume(),
            source.getFailurePercentageRequestVolume(),
            50),
        or(source.hasEnforcingFailurePercentage(), source.getEnforcingFailurePercentage(), 0),
        or(
            source.hasEnforcingFailurePercentageLocalOrigin(),
            source.getEnforcingFailurePercentageLocalOrigin(),
            0));
  }

  private static int or(boolean set, UInt32Value value, int otherwise) {
    return set ? Values.clamped(value.getValue()) : otherwise;
  }
}
