package dev.weft.engine.upstream;

import dev.weft.engine.Header;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.model.HealthCheck.Grpc;
import dev.weft.engine.model.HealthCheck.Http;
import dev.weft.engine.model.HealthCheck.Payload;
import dev.weft.engine.model.HealthCheck.Statuses;
import dev.weft.engine.model.HealthCheck.Tcp;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.MeshTls;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Asks one endpoint once whether it is well. */
public final class HealthProbe {

  /** What came of it. */
  enum Finding {
    WELL,
    /** It said that it isn't. */
    ILL,
    /** It said nothing, or nothing to rely on: once is not enough. */
    DOUBTFUL
  }

  /** As Envoy calls itself; access logs know it. */
  private static final List<Header> HEADERS = List.of(new Header("user-agent", "Envoy/HC"));

  private static final String GRPC_METHOD = "grpc.health.v1.Health/Check";

  private final AsyncClient client;
  private final MeshTls tls;

  public HealthProbe(AsyncClient client, MeshTls tls) {
    this.client = client;
    this.tls = tls;
  }

  /**
   * @param cluster its name stands for the host that a check doesn't name
   * @return never completes exceptionally
   */
  CompletionStage<Finding> ask(Cluster cluster, Target target, HealthCheck check) {
    ConnectionKey secured = target.secured();
    try {
      if (secured != null && secured.isReady(tls)) {
        return ask(secured, cluster.name(), check);
      }
      if (cluster.tlsRequired()) {
        return CompletableFuture.completedStage(Finding.DOUBTFUL); // as requests would fare
      }
      return ask(target.plaintext(), cluster.name(), check);
    } catch (RuntimeException | OutOfMemoryError e) {
      // No thread to be had, say: checks must go on, and configuration must not fail for them.
      return CompletableFuture.completedStage(Finding.DOUBTFUL);
    }
  }

  private CompletionStage<Finding> ask(ConnectionKey endpoint, String cluster, HealthCheck check) {
    if (check.check() instanceof Http http) {
      return http(endpoint, cluster, http, check).exceptionally(failure -> Finding.DOUBTFUL);
    }
    if (check.check() instanceof Grpc grpc) {
      return grpc(endpoint, cluster, grpc, check).exceptionally(HealthProbe::ofFailedCall);
    }
    Tcp tcp = (Tcp) check.check();
    List<byte[]> receive = tcp.receive().stream().map(Payload::bytes).toList();
    return client
        .converse(endpoint, tcp.send().bytes(), receive, check.timeout())
        .handle((all, failure) -> failure == null ? Finding.WELL : Finding.DOUBTFUL);
  }

  private CompletionStage<Finding> http(
      ConnectionKey endpoint, String cluster, Http http, HealthCheck check) {
    Request request =
        new Request(
            http.method(),
            http.host().isEmpty() ? cluster : http.host(),
            http.path(),
            http.headers().applyTo(HEADERS),
            http.send().bytes());
    return client.send(endpoint, request, check.timeout()).thenApply(it -> judge(it, http));
  }

  private static Finding judge(Response response, Http http) {
    if (contain(http.expected(), response.status())) {
      return holds(response.body(), http.receive()) ? Finding.WELL : Finding.ILL;
    }
    return contain(http.retriable(), response.status()) ? Finding.DOUBTFUL : Finding.ILL;
  }

  private static boolean contain(List<Statuses> ranges, int status) {
    return ranges.stream().anyMatch(range -> range.contain(status));
  }

  private static boolean holds(byte[] body, List<Payload> parts) {
    // A character for each byte.
    String text = new String(body, StandardCharsets.ISO_8859_1);
    int from = 0;
    for (Payload part : parts) {
      String expected = new String(part.bytes(), StandardCharsets.ISO_8859_1);
      int at = text.indexOf(expected, from);
      if (at < 0) {
        return false;
      }
      from = at + expected.length();
    }
    return true;
  }

  private CompletionStage<Finding> grpc(
      ConnectionKey endpoint, String cluster, Grpc grpc, HealthCheck check) {
    return client
        .unary(
            endpoint,
            grpc.authority().isEmpty() ? cluster : grpc.authority(),
            GRPC_METHOD,
            grpc.metadata().applyTo(HEADERS),
            GrpcHealth.request(grpc.service()),
            check.timeout())
        .thenApply(answer -> GrpcHealth.isServing(answer) ? Finding.WELL : Finding.ILL);
  }

  private static Finding ofFailedCall(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof CallFailed call && call.isAnswer() ? Finding.ILL : Finding.DOUBTFUL;
  }
}
