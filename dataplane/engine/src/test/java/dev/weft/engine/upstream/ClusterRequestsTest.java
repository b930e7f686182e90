package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.Model;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The data plane's own requests: what they carry decides who gets in. */
class ClusterRequestsTest {

  private static final Request REQUEST =
      new Request("GET", "authorizer", "/check", List.of(), new byte[0]);

  private final EngineFixture mesh = new EngineFixture();
  private boolean certificate;

  private final MeshTls tls =
      new MeshTls() {
        @Override
        public boolean ready() {
          return certificate;
        }

        @Override
        public SSLContext clientContext(UpstreamTls upstream) {
          throw new UnsupportedOperationException();
        }

        @Override
        public SSLEngine serverEngine(List<String> applicationProtocols) {
          throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable String peerId(SSLSession session) {
          throw new UnsupportedOperationException();
        }
      };

  private CompletionStage<Response> send(boolean endpointCan, boolean required) {
    mesh.configure(
        List.of(Model.route("r", Model.forward("c"))),
        Model.with(
            Model.with(Model.cluster("c"), Model.TLS, required),
            List.of(Model.endpoint(1000, 1, endpointCan, false))));
    Upstream upstream = mesh.engine.upstreams().iterator().next();
    ClusterRequests requests = new ClusterRequests(name -> upstream, mesh.remote, tls);
    return Objects.requireNonNull(requests.send("c", REQUEST, Duration.ofSeconds(1)));
  }

  /** Calls of the application's own go in plaintext for as long, where the mesh lets them. */
  @Test
  void neverInPlaintextToAnEndpointThatSpeaksTls() {
    assertThat(send(true, false).toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("no certificate to show to: c");
    assertThat(mesh.remote.sent).isEmpty();
    certificate = true;
    assertThat(send(true, false).toCompletableFuture()).isNotDone();
    assertThat(mesh.remote.sent.get(0).to().tls()).isEqualTo(Model.TLS);
  }

  @Test
  void notInPlaintextWhereTlsIsRequired() {
    certificate = true;
    assertThat(send(false, true).toCompletableFuture()).isCompletedExceptionally();
    assertThat(mesh.remote.sent).isEmpty();
    assertThat(send(false, false).toCompletableFuture()).isNotDone();
    assertThat(mesh.remote.sent.get(0).to().tls()).isNull();
  }

  /** They are connections like any other: to a server that insists on a PROXY header, too. */
  @Test
  void connectionsAreMadeAsTheClusterSays() {
    Cluster plain = Model.cluster("c", 1000);
    mesh.configure(
        List.of(Model.route("r", Model.forward("c"))),
        new Cluster(
            "c",
            plain.loadBalancing(),
            plain.connectTimeout(),
            null,
            false,
            null,
            plain.circuitBreakers(),
            null,
            null,
            new ConnectionOptions(0, Duration.ZERO, Duration.ZERO, null, 2),
            plain.assignment()));
    Upstream upstream = mesh.engine.upstreams().iterator().next();
    CompletionStage<Response> unused =
        Objects.requireNonNull(
            new ClusterRequests(name -> upstream, mesh.remote, tls)
                .send("c", REQUEST, Duration.ofSeconds(1)));
    assertThat(mesh.remote.sent.get(0).to().proxyProtocol()).isEqualTo(2);
  }

  /** Envoy's router: Grpc::Utility::grpcToHttpStatus; gRPC's status and whether it ejects. */
  @Test
  void outlierDetectionGoesByGrpcsStatus() {
    Map<Integer, Boolean> statuses =
        Map.of(
            0, false, // an answer without a message, as streams end
            5, false, // NOT_FOUND: 404
            13, true, // INTERNAL: 500
            14, true); // UNAVAILABLE: 503
    statuses.forEach(
        (status, ejects) -> {
          mesh.configure(
              List.of(Model.route("r", Model.forward("c"))),
              Model.with(
                  Model.cluster("c" + status, 1000),
                  Model.consecutive5xx(5, Duration.ofSeconds(10), Duration.ofSeconds(30), 100)));
          Upstream upstream = mesh.engine.upstreams().iterator().next();
          ClusterRequests requests = new ClusterRequests(name -> upstream, mesh.remote, tls);
          for (int i = 0; i < 5; i++) {
            CompletionStage<byte[]> unused =
                requests.unary("c", "log", "a.B/C", List.of(), new byte[0], Duration.ofSeconds(1));
            mesh.remote
                .called
                .get(mesh.remote.called.size() - 1)
                .answer()
                .completeExceptionally(new CallFailed(status, "over", null));
          }
          assertThat(upstream.ejected()).as("status " + status).isEqualTo(ejects ? 1 : 0);
        });
  }
}
