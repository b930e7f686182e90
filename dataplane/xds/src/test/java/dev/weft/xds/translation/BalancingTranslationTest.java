package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.FloatValue;
import com.google.protobuf.ListValue;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import com.google.protobuf.Value;
import dev.weft.engine.model.CircuitBreakers.RetryBudget;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import dev.weft.engine.model.LoadBalancing.LeastRequest;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.LoadBalancing.Policy;
import dev.weft.engine.model.LoadBalancing.RingHash;
import dev.weft.engine.model.LoadBalancing.RoundRobin;
import dev.weft.engine.model.LoadBalancing.SlowStart;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.model.OutlierDetection.FailurePercentage;
import dev.weft.engine.model.OutlierDetection.SuccessRate;
import dev.weft.xds.proto.CircuitBreakers;
import dev.weft.xds.proto.CircuitBreakers.Thresholds;
import dev.weft.xds.proto.ClientSideWeightedRoundRobin;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.Cluster.CommonLbConfig;
import dev.weft.xds.proto.Cluster.LbPolicy;
import dev.weft.xds.proto.Cluster.LeastRequestLbConfig;
import dev.weft.xds.proto.Cluster.MaglevLbConfig;
import dev.weft.xds.proto.Cluster.RingHashLbConfig;
import dev.weft.xds.proto.Cluster.RoundRobinLbConfig;
import dev.weft.xds.proto.Cluster.SlowStartConfig;
import dev.weft.xds.proto.Http1ProtocolOptions;
import dev.weft.xds.proto.HttpProtocolOptions;
import dev.weft.xds.proto.LoadBalancingPolicy;
import dev.weft.xds.proto.Metadata;
import dev.weft.xds.proto.OutlierDetection;
import dev.weft.xds.proto.Percent;
import dev.weft.xds.proto.RoutingPriority;
import dev.weft.xds.proto.RuntimeDouble;
import dev.weft.xds.proto.TcpKeepalive;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.UpstreamConnectionOptions;
import dev.weft.xds.proto.WrrLocality;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy's config.cluster.v3: lb_policy, common_lb_config, circuit_breakers, outlier_detection. */
class BalancingTranslationTest {

  private static final SlowStartConfig WARMUP =
      SlowStartConfig.newBuilder()
          .setSlowStartWindow(Duration.newBuilder().setSeconds(60))
          .setAggression(RuntimeDouble.newBuilder().setDefaultValue(2))
          .setMinWeightPercent(Percent.newBuilder().setValue(5))
          .build();
  private static final SlowStart SLOW = new SlowStart(java.time.Duration.ofMinutes(1), 2, 5);

  private static Cluster.Builder eds() {
    return Cluster.newBuilder().setName("v1").setType(Cluster.DiscoveryType.EDS);
  }

  private static Translation<ClusterResource> read(Cluster.Builder cluster) throws ResourceRefused {
    return Translation.cluster(
        "v1",
        Any.newBuilder()
            .setTypeUrl("type.googleapis.com/envoy.config.cluster.v3.Cluster")
            .setValue(cluster.build().toByteString())
            .build());
  }

  static Stream<Arguments> policies() {
    return Stream.of(
        Arguments.of(eds(), new RoundRobin(null), 0),
        Arguments.of(
            eds().setRoundRobinLbConfig(RoundRobinLbConfig.newBuilder().setSlowStartConfig(WARMUP)),
            new RoundRobin(SLOW),
            0),
        Arguments.of(eds().setLbPolicy(LbPolicy.LEAST_REQUEST), new LeastRequest(2, 1, null), 0),
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.LEAST_REQUEST)
                .setLeastRequestLbConfig(
                    LeastRequestLbConfig.newBuilder()
                        .setChoiceCount(UInt32Value.of(3))
                        .setActiveRequestBias(RuntimeDouble.newBuilder().setDefaultValue(0.5))
                        .setSlowStartConfig(WARMUP)),
            new LeastRequest(3, 0.5, SLOW),
            0),
        Arguments.of(eds().setLbPolicy(LbPolicy.RANDOM), new LoadBalancing.Random(), 0),
        Arguments.of(eds().setLbPolicy(LbPolicy.RING_HASH), new RingHash(1024, 8_388_608), 0),
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.RING_HASH)
                .setRingHashLbConfig(
                    RingHashLbConfig.newBuilder()
                        .setMinimumRingSize(UInt64Value.of(10))
                        .setMaximumRingSize(UInt64Value.of(20))),
            new RingHash(10, 20),
            0),
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.RING_HASH)
                .setRingHashLbConfig(
                    RingHashLbConfig.newBuilder()
                        .setHashFunction(RingHashLbConfig.HashFunction.MURMUR_HASH_2)),
            new RingHash(1024, 8_388_608),
            1),
        Arguments.of(eds().setLbPolicy(LbPolicy.MAGLEV), new Maglev(65_537), 0),
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.MAGLEV)
                .setMaglevLbConfig(MaglevLbConfig.newBuilder().setTableSize(UInt64Value.of(251))),
            new Maglev(251),
            0),
        Arguments.of(
            eds().setLbPolicy(LbPolicy.CLUSTER_PROVIDED), new LeastRequest(2, 1, null), 1));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void lbPolicy(Cluster.Builder cluster, Policy expected, int notes) throws ResourceRefused {
    Translation<ClusterResource> translation = read(cluster);
    assertThat(translation.value().settings().loadBalancing().policy()).isEqualTo(expected);
    assertThat(translation.notes()).hasSize(notes);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.MAGLEV)
                .setMaglevLbConfig(
                    MaglevLbConfig.newBuilder().setTableSize(UInt64Value.of(65_536))),
            "maglev_lb_config.table_size: must be a prime"),
        Arguments.of(
            eds()
                .setLbPolicy(LbPolicy.RING_HASH)
                .setRingHashLbConfig(
                    RingHashLbConfig.newBuilder().setMaximumRingSize(UInt64Value.of(1023))),
            "ring_hash_lb_config.maximum_ring_size: must be at least minimum_ring_size"),
        Arguments.of(
            eds()
                .setOutlierDetection(
                    OutlierDetection.newBuilder()
                        .setMaxEjectionTime(Duration.newBuilder().setSeconds(29))),
            "outlier_detection.max_ejection_time: must not be less than base_ejection_time"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatEnvoyRejectsIsRefused(Cluster.Builder cluster, String reason) {
    assertThatThrownBy(() -> read(cluster))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining(reason);
  }

  @Test
  void commonLbConfig() throws ResourceRefused {
    LoadBalancing settings =
        read(eds()
                .setCommonLbConfig(
                    CommonLbConfig.newBuilder()
                        .setHealthyPanicThreshold(Percent.newBuilder().setValue(29.6))
                        .setLocalityWeightedLbConfig(
                            CommonLbConfig.LocalityWeightedLbConfig.getDefaultInstance())))
            .value()
            .settings()
            .loadBalancing();
    assertThat(settings.panicThreshold()).isEqualTo(30);
    assertThat(settings.localityWeighted()).isTrue();
  }

  // ---- circuit_breakers

  private static Cluster.Builder limited(Thresholds.Builder thresholds) {
    return eds()
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    Thresholds.newBuilder()
                        .setPriority(RoutingPriority.HIGH)
                        .setMaxRequests(UInt32Value.of(1)))
                .addThresholds(thresholds));
  }

  @Test
  void limitsOfRequestsAndRetries() throws ResourceRefused {
    var breakers =
        read(limited(
                Thresholds.newBuilder()
                    .setMaxRequests(UInt32Value.of(-1))
                    .setMaxRetries(UInt32Value.of(7))
                    .setRetryBudget(
                        Thresholds.RetryBudget.newBuilder()
                            .setBudgetPercent(Percent.newBuilder().setValue(12.5)))))
            .value()
            .settings()
            .circuitBreakers();
    assertThat(breakers.maxRequests()).as("2^32 - 1: no limit").isEqualTo(Integer.MAX_VALUE);
    assertThat(breakers.maxRetries()).isEqualTo(7);
    assertThat(breakers.retryBudget()).isEqualTo(new RetryBudget(12.5, 3));
  }

  /** What the published API has no field for. */
  @Test
  void ownMetadata() throws ResourceRefused {
    Struct own =
        Struct.newBuilder()
            .putFields(
                "outlier_error_codes",
                Value.newBuilder()
                    .setListValue(
                        ListValue.newBuilder().addValues(number(429)).addValues(number(404)))
                    .build())
            .putFields("retry_budget_interval_ms", number(1500))
            .putFields("proxy_protocol", number(2))
            .putFields("newer", number(1))
            .build();
    Translation<ClusterResource> translation =
        read(
            limited(
                    Thresholds.newBuilder()
                        .setRetryBudget(Thresholds.RetryBudget.getDefaultInstance()))
                .setOutlierDetection(OutlierDetection.getDefaultInstance())
                .setMetadata(Metadata.newBuilder().putFilterMetadata("dev.weft", own)));
    var settings = translation.value().settings();
    assertThat(settings.circuitBreakers().retryBudget())
        .isEqualTo(new RetryBudget(20, 3, java.time.Duration.ofMillis(1500)));
    assertThat(Objects.requireNonNull(settings.outlierDetection()).errorCodes())
        .containsExactlyInAnyOrder(404, 429);
    assertThat(settings.connectionOptions().proxyProtocol()).isEqualTo(2);
    assertThat(translation.notes())
        .extracting(Note::toString)
        .singleElement()
        .asString()
        .contains("metadata[dev.weft].newer");
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  /** With HTTP/1 a request is a connection: more than both allow are answered with 503 by Envoy. */
  @ParameterizedTest
  @CsvSource({
    "2, 3, true, 5, 0",
    "2, -1, true, 1024, 1",
    "-1, 3, true, 1024, 1",
    "2, 3, false, 1024, 2",
    "-1, -1, true, 1024, 0"
  })
  void limitsOfConnections(int connections, int pending, boolean http1, int requests, int notes)
      throws ResourceRefused {
    HttpProtocolOptions.Builder options = HttpProtocolOptions.newBuilder();
    if (http1) {
      options.setExplicitHttpConfig(
          HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
              .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()));
    }
    Translation<ClusterResource> translation =
        read(
            limited(
                    Thresholds.newBuilder()
                        .setMaxConnections(UInt32Value.of(connections))
                        .setMaxPendingRequests(UInt32Value.of(pending)))
                .putTypedExtensionProtocolOptions(
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    Any.newBuilder().setValue(options.build().toByteString()).build()));
    assertThat(translation.value().settings().circuitBreakers().maxRequests()).isEqualTo(requests);
    assertThat(translation.notes()).hasSize(notes);
  }

  /** HttpProtocolOptions, common_http_protocol_options. */
  @Test
  void limitsOfAConnectionsUse() throws ResourceRefused {
    HttpProtocolOptions options =
        HttpProtocolOptions.newBuilder()
            .setCommonHttpProtocolOptions(
                dev.weft.xds.proto.core.HttpProtocolOptions.newBuilder()
                    .setMaxRequestsPerConnection(UInt32Value.of(7))
                    .setMaxConnectionDuration(Duration.newBuilder().setSeconds(60))
                    .setIdleTimeout(Duration.newBuilder().setSeconds(5)))
            .build();
    Translation<ClusterResource> translation =
        read(
            limited(Thresholds.newBuilder())
                .putTypedExtensionProtocolOptions(
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                    Any.newBuilder().setValue(options.toByteString()).build()));
    assertThat(translation.value().settings().connectionOptions())
        .isEqualTo(
            new ConnectionOptions(
                7, java.time.Duration.ofSeconds(60), java.time.Duration.ofSeconds(5)));
    assertThat(translation.notes()).isEmpty();
  }

  // ---- outlier_detection

  private static dev.weft.engine.model.OutlierDetection outliers(OutlierDetection.Builder source)
      throws ResourceRefused {
    Translation<ClusterResource> translation = read(eds().setOutlierDetection(source));
    assertThat(translation.notes()).isEmpty();
    return Objects.requireNonNull(translation.value().settings().outlierDetection());
  }

  /** The defaults of outlier_detection.proto. */
  @Test
  void outlierDetectionByDefault() throws ResourceRefused {
    assertThat(outliers(OutlierDetection.newBuilder()))
        .isEqualTo(
            new dev.weft.engine.model.OutlierDetection(
                java.time.Duration.ofSeconds(10),
                java.time.Duration.ofSeconds(30),
                java.time.Duration.ofMinutes(5),
                java.time.Duration.ZERO,
                10,
                false,
                false,
                new Consecutive(5, 100),
                new Consecutive(5, 0),
                new Consecutive(5, 100),
                new SuccessRate(5, 100, 1900, 100, 100),
                new FailurePercentage(85, 5, 50, 0, 0)));
  }

  @Test
  void outlierDetectionInFull() throws ResourceRefused {
    assertThat(
            outliers(
                OutlierDetection.newBuilder()
                    .setInterval(Duration.newBuilder().setSeconds(1))
                    .setBaseEjectionTime(Duration.newBuilder().setSeconds(400))
                    .setMaxEjectionTimeJitter(Duration.newBuilder().setSeconds(2))
                    .setMaxEjectionPercent(UInt32Value.of(50))
                    .setAlwaysEjectOneHost(com.google.protobuf.BoolValue.of(true))
                    .setSplitExternalLocalOriginErrors(true)
                    .setConsecutive5Xx(UInt32Value.of(11))
                    .setEnforcingConsecutive5Xx(UInt32Value.of(12))
                    .setConsecutiveGatewayFailure(UInt32Value.of(13))
                    .setEnforcingConsecutiveGatewayFailure(UInt32Value.of(14))
                    .setConsecutiveLocalOriginFailure(UInt32Value.of(15))
                    .setEnforcingConsecutiveLocalOriginFailure(UInt32Value.of(16))
                    .setSuccessRateMinimumHosts(UInt32Value.of(17))
                    .setSuccessRateRequestVolume(UInt32Value.of(18))
                    .setSuccessRateStdevFactor(UInt32Value.of(19))
                    .setEnforcingSuccessRate(UInt32Value.of(20))
                    .setEnforcingLocalOriginSuccessRate(UInt32Value.of(21))
                    .setFailurePercentageThreshold(UInt32Value.of(22))
                    .setFailurePercentageMinimumHosts(UInt32Value.of(23))
                    .setFailurePercentageRequestVolume(UInt32Value.of(24))
                    .setEnforcingFailurePercentage(UInt32Value.of(25))
                    .setEnforcingFailurePercentageLocalOrigin(UInt32Value.of(26))))
        .isEqualTo(
            new dev.weft.engine.model.OutlierDetection(
                java.time.Duration.ofSeconds(1),
                java.time.Duration.ofSeconds(400),
                java.time.Duration.ofSeconds(400),
                java.time.Duration.ofSeconds(2),
                50,
                true,
                true,
                new Consecutive(11, 12),
                new Consecutive(13, 14),
                new Consecutive(15, 16),
                new SuccessRate(17, 18, 19, 20, 21),
                new FailurePercentage(22, 23, 24, 25, 26)));
  }

  private static LoadBalancingPolicy extension(String name, MessageLite... configs) {
    LoadBalancingPolicy.Builder policy = LoadBalancingPolicy.newBuilder();
    for (MessageLite config : configs) {
      policy.addPolicies(
          LoadBalancingPolicy.Policy.newBuilder()
              .setTypedExtensionConfig(
                  TypedExtensionConfig.newBuilder()
                      .setName(name)
                      .setTypedConfig(
                          Any.newBuilder()
                              .setTypeUrl(
                                  "type.googleapis.com/envoy.extensions.load_balancing_policies.x.v3."
                                      + config.getClass().getSimpleName())
                              .setValue(config.toByteString()))));
    }
    return policy.build();
  }

  private static Translation<ClusterResource> read(LoadBalancingPolicy policy)
      throws ResourceRefused {
    return read(eds().setLoadBalancingPolicy(policy));
  }

  /** load_balancing_policy: the first that is known, in place of lb_policy. */
  @Test
  void clientSideWeightedRoundRobin() throws ResourceRefused {
    Translation<ClusterResource> translation =
        read(
            extension(
                "of several",
                Percent.getDefaultInstance(),
                ClientSideWeightedRoundRobin.getDefaultInstance()));
    assertThat(translation.value().settings().loadBalancing().policy())
        .isEqualTo(
            new ClientSideWeighted(
                java.time.Duration.ofSeconds(10),
                java.time.Duration.ofMinutes(3),
                java.time.Duration.ofSeconds(1),
                1,
                List.of()));
    assertThat(translation.notes()).isEmpty();

    LoadBalancingPolicy inner =
        extension(
            "inner",
            ClientSideWeightedRoundRobin.newBuilder()
                .setBlackoutPeriod(Duration.newBuilder())
                .setWeightExpirationPeriod(Duration.newBuilder().setSeconds(20))
                .setWeightUpdatePeriod(Duration.newBuilder().setNanos(1_000_000))
                .setErrorUtilizationPenalty(FloatValue.of(0))
                .addMetricNamesForComputingUtilization("named_metrics.a")
                .build());
    LoadBalancing balancing =
        read(extension(
                "wrr_locality", WrrLocality.newBuilder().setEndpointPickingPolicy(inner).build()))
            .value()
            .settings()
            .loadBalancing();
    assertThat(balancing.localityWeighted()).isTrue();
    assertThat(balancing.policy())
        .isEqualTo(
            new ClientSideWeighted(
                java.time.Duration.ZERO,
                java.time.Duration.ofSeconds(20),
                java.time.Duration.ofMillis(100),
                0,
                List.of("named_metrics.a")));
  }

  @Test
  void unknownExtensions() throws ResourceRefused {
    Translation<ClusterResource> translation =
        read(extension("maglev", Percent.getDefaultInstance()));
    assertThat(translation.value().settings().loadBalancing().policy())
        .isEqualTo(LoadBalancing.ROUND_ROBIN.policy());
    assertThat(translation.notes())
        .extracting(Note::reason)
        .containsExactly("none of [maglev] is supported; lb_policy is used");
    assertThatThrownBy(
            () ->
                read(
                    extension(
                        "penalty",
                        ClientSideWeightedRoundRobin.newBuilder()
                            .setErrorUtilizationPenalty(FloatValue.of(-1))
                            .build())))
        .hasMessageContaining("must be greater than or equal to 0");
  }

  /** common_lb_config.zone_aware_lb_config */
  @Test
  void zoneAware() throws ResourceRefused {
    CommonLbConfig.ZoneAwareLbConfig config =
        CommonLbConfig.ZoneAwareLbConfig.newBuilder()
            .setRoutingEnabled(Percent.newBuilder().setValue(30))
            .setMinClusterSize(UInt64Value.of(2))
            .build();
    Translation<ClusterResource> translation =
        read(eds().setCommonLbConfig(CommonLbConfig.newBuilder().setZoneAwareLbConfig(config)));
    assertThat(translation.value().settings().loadBalancing().zoneAware())
        .isEqualTo(new ZoneAware(30, 2, LocalCluster.UNKNOWN));
    assertThat(translation.notes()).isEmpty();
  }

  /** upstream_connection_options.tcp_keepalive */
  @Test
  void tcpKeepalive() throws ResourceRefused {
    TcpKeepalive keepalive =
        TcpKeepalive.newBuilder()
            .setKeepaliveTime(UInt32Value.of(75))
            .setKeepaliveProbes(UInt32Value.of(3))
            .build();
    Translation<ClusterResource> translation =
        read(
            eds()
                .setUpstreamConnectionOptions(
                    UpstreamConnectionOptions.newBuilder().setTcpKeepalive(keepalive)));
    assertThat(translation.value().settings().connectionOptions().keepalive())
        .isEqualTo(new ConnectionOptions.TcpKeepalive(75, 0, 3));
    assertThat(translation.notes()).isEmpty();
    assertThat(read(eds()).value().settings().connectionOptions())
        .isEqualTo(ConnectionOptions.NONE);
  }
}
