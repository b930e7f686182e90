package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HealthCheck.Grpc;
import dev.weft.engine.model.HealthCheck.Http;
import dev.weft.engine.model.HealthCheck.Intervals;
import dev.weft.engine.model.HealthCheck.Payload;
import dev.weft.engine.model.HealthCheck.Statuses;
import dev.weft.engine.model.HealthCheck.Tcp;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.Endpoint;
import dev.weft.xds.proto.Endpoint.HealthCheckConfig;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HealthCheck;
import dev.weft.xds.proto.HealthCheck.GrpcHealthCheck;
import dev.weft.xds.proto.HealthCheck.HttpHealthCheck;
import dev.weft.xds.proto.HealthCheck.TcpHealthCheck;
import dev.weft.xds.proto.Int64Range;
import dev.weft.xds.proto.LbEndpoint;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.RequestMethod;
import dev.weft.xds.proto.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy, core.v3.HealthCheck. */
class HealthCheckTranslationTest {

  @Test
  void whatIsUnsetHasEnvoysDefault() throws ResourceRefused {
    dev.weft.engine.model.HealthCheck check = translated(minimal());

    assertThat(check.timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(check.initialJitter()).isZero();
    assertThat(check.unhealthyThreshold()).isEqualTo(2);
    assertThat(check.healthyThreshold()).isEqualTo(3);
    Duration interval = Duration.ofSeconds(5);
    Duration minute = Duration.ofSeconds(60);
    assertThat(check.intervals())
        .isEqualTo(
            new Intervals(
                interval, interval, interval, interval, minute, minute, Duration.ZERO, 0));
    assertThat(check.check())
        .isEqualTo(
            new Http(
                "GET",
                "",
                "/healthz",
                HeaderEdits.NONE,
                Payload.NONE,
                List.of(),
                List.of(new Statuses(200, 201)),
                List.of()));
  }

  /** Endpoint.HealthCheckConfig. */
  @Test
  void anEndpointNamesThePortThatIsAsked() throws ResourceRefused {
    assertThat(checkedPort(8081)).isEqualTo(8081);
    assertThat(checkedPort(0)).isEqualTo(80);
    assertThatThrownBy(() -> checkedPort(65_536))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("health_check_config.port_value: the port is out of range");
  }

  private static int checkedPort(int port) throws ResourceRefused {
    Endpoint endpoint =
        Endpoint.newBuilder()
            .setAddress(
                Address.newBuilder()
                    .setSocketAddress(
                        SocketAddress.newBuilder().setAddress("10.0.0.1").setPortValue(80)))
            .setHealthCheckConfig(HealthCheckConfig.newBuilder().setPortValue(port))
            .build();
    return EndpointTranslator.assignment(
            ClusterLoadAssignment.newBuilder()
                .addEndpoints(
                    LocalityLbEndpoints.newBuilder()
                        .addLbEndpoints(LbEndpoint.newBuilder().setEndpoint(endpoint)))
                .build(),
            new Findings("endpoints"))
        .endpoints()
        .get(0)
        .checkedAddress()
        .getPort();
  }

  @Test
  void whatIsSetIsTaken() throws ResourceRefused {
    dev.weft.engine.model.HealthCheck check =
        translated(
            minimal()
                .setInitialJitter(seconds(7))
                .setIntervalJitter(seconds(8))
                .setIntervalJitterPercent(9)
                .setNoTrafficInterval(seconds(10))
                .setNoTrafficHealthyInterval(seconds(11))
                .setUnhealthyInterval(seconds(12))
                .setHealthyEdgeInterval(seconds(14))
                .setHttpHealthCheck(
                    HttpHealthCheck.newBuilder()
                        .setMethod(RequestMethod.POST)
                        .setHost("h")
                        .setPath("/p")
                        .setSend(HealthCheck.Payload.newBuilder().setText("6869"))
                        .addReceive(
                            HealthCheck.Payload.newBuilder()
                                .setBinary(ByteString.copyFromUtf8("yes")))
                        .addRequestHeadersToAdd(
                            HeaderValueOption.newBuilder()
                                .setHeader(HeaderValue.newBuilder().setKey("X-A").setValue("b")))
                        .addRequestHeadersToRemove("user-agent")
                        .addExpectedStatuses(Int64Range.newBuilder().setStart(200).setEnd(300))
                        .addRetriableStatuses(Int64Range.newBuilder().setStart(500).setEnd(600))));

    assertThat(check.initialJitter()).isEqualTo(Duration.ofSeconds(7));
    assertThat(check.intervals())
        .isEqualTo(
            new Intervals(
                Duration.ofSeconds(5),
                Duration.ofSeconds(14),
                Duration.ofSeconds(12),
                Duration.ofSeconds(12), // unhealthy_edge_interval: that of unhealthy_interval
                Duration.ofSeconds(10),
                Duration.ofSeconds(11),
                Duration.ofSeconds(8),
                9));
    assertThat(check.check())
        .isEqualTo(
            new Http(
                "POST",
                "h",
                "/p",
                new HeaderEdits(List.of("user-agent"), List.of(), List.of(new Header("x-a", "b"))),
                payload("hi"),
                List.of(payload("yes")),
                List.of(new Statuses(200, 300)),
                List.of(new Statuses(500, 600))));
  }

  @Test
  void tcpAndGrpc() throws ResourceRefused {
    assertThat(translated(minimal().setTcpHealthCheck(TcpHealthCheck.getDefaultInstance())).check())
        .isEqualTo(new Tcp(Payload.NONE, List.of()));
    assertThat(
            translated(
                    minimal()
                        .setGrpcHealthCheck(
                            GrpcHealthCheck.newBuilder().setServiceName("s").setAuthority("a")))
                .check())
        .isEqualTo(new Grpc("s", "a", HeaderEdits.NONE));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(minimal().clearTimeout(), "timeout"),
        Arguments.of(minimal().clearInterval(), "interval"),
        Arguments.of(minimal().clearUnhealthyThreshold(), "unhealthy_threshold"),
        Arguments.of(minimal().clearHealthyThreshold(), "healthy_threshold"),
        Arguments.of(minimal().setNoTrafficInterval(seconds(0)), "no_traffic_interval"),
        Arguments.of(minimal().clearHttpHealthCheck(), "health_checks[0]"),
        Arguments.of(minimal().setHttpHealthCheck(HttpHealthCheck.getDefaultInstance()), "path"),
        Arguments.of(
            minimal()
                .setHttpHealthCheck(
                    HttpHealthCheck.newBuilder().setPath("/").setMethod(RequestMethod.CONNECT)),
            "method"),
        Arguments.of(
            minimal()
                .setHttpHealthCheck(
                    HttpHealthCheck.newBuilder()
                        .setPath("/")
                        .addExpectedStatuses(Int64Range.newBuilder().setStart(300).setEnd(200))),
            "expected_statuses"),
        Arguments.of(
            minimal()
                .setTcpHealthCheck(
                    TcpHealthCheck.newBuilder()
                        .setSend(HealthCheck.Payload.newBuilder().setText("xyz"))),
            "tcp_health_check.send"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatEnvoyRefusesIsRefused(HealthCheck.Builder check, String field) {
    assertThatThrownBy(() -> translated(check))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining(field);
  }

  @Test
  void twoAreOneTooMany() {
    Cluster cluster = cluster().addHealthChecks(minimal()).addHealthChecks(minimal()).build();
    assertThatThrownBy(() -> translate(cluster)).hasMessageContaining("health_checks");
  }

  @Test
  void whatHasNoEffectIsNoted() throws ResourceRefused {
    Cluster cluster =
        cluster().addHealthChecks(minimal().setReuseConnection(BoolValue.of(false))).build();
    assertThat(translate(cluster).notes())
        .extracting(Note::field)
        .containsExactly("health_checks[0].reuse_connection");
  }

  private static HealthCheck.Builder minimal() {
    return HealthCheck.newBuilder()
        .setTimeout(seconds(1))
        .setInterval(seconds(5))
        .setUnhealthyThreshold(UInt32Value.of(2))
        .setHealthyThreshold(UInt32Value.of(3))
        .setHttpHealthCheck(HttpHealthCheck.newBuilder().setPath("/healthz"));
  }

  private static Cluster.Builder cluster() {
    return Cluster.newBuilder().setName("c").setType(Cluster.DiscoveryType.EDS);
  }

  private static dev.weft.engine.model.HealthCheck translated(HealthCheck.Builder check)
      throws ResourceRefused {
    return java.util.Objects.requireNonNull(
        translate(cluster().addHealthChecks(check).build()).value().settings().healthCheck());
  }

  private static Translation<ClusterResource> translate(Cluster cluster) throws ResourceRefused {
    return Translation.cluster("c", Any.newBuilder().setValue(cluster.toByteString()).build());
  }

  private static com.google.protobuf.Duration seconds(int seconds) {
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).build();
  }

  private static Payload payload(String text) {
    return new Payload(text.getBytes(StandardCharsets.UTF_8));
  }
}
