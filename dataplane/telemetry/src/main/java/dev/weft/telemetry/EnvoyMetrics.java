package dev.weft.telemetry;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.TlsStatistics;
import dev.weft.engine.spi.UpstreamTls;
import dev.weft.engine.upstream.ClusterCounter;
import dev.weft.engine.upstream.ClusterGauge;
import dev.weft.engine.upstream.Upstream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the engine counts by itself, named as Envoy's Prometheus page names it, with Istio's label
 * for clusters. Written here, for Prometheus' client would end each counter's name in {@code
 * _total}, which Envoy's don't. Only clusters that were used are shown, and only as long as the
 * configuration has them; so there are as many lines as that has clusters that are called.
 */
final class EnvoyMetrics {

  private static final String CLUSTER = "envoy_cluster_";

  private final Supplier<? extends Collection<Upstream>> clusters;
  private final MeshTls tls;
  private final LongSupplier activeRequests;

  /**
   * @param clusters those of the moment
   * @param activeRequests that came in and are under way
   */
  EnvoyMetrics(
      Supplier<? extends Collection<Upstream>> clusters, MeshTls tls, LongSupplier activeRequests) {
    this.clusters = clusters;
    this.tls = tls;
    this.activeRequests = activeRequests;
  }

  /** In Prometheus' text format. */
  void write(OutputStream out) throws IOException {
    Writer page = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    List<Upstream> used =
        clusters.get().stream()
            .filter(Upstream::isUsed)
            .sorted(Comparator.comparing(Upstream::toString))
            .toList();
    for (ClusterCounter counter : ClusterCounter.values()) {
      clusters(
          page,
          CLUSTER + counter.statistic(),
          "counter",
          used.stream().filter(upstream -> counter.concerns(upstream.cluster())).toList(),
          upstream -> upstream.counted(counter));
    }
    for (ClusterGauge gauge : ClusterGauge.values()) {
      clusters(
          page,
          CLUSTER + gauge.statistic(),
          "gauge",
          used.stream().filter(upstream -> gauge.concerns(upstream.cluster())).toList(),
          gauge::of);
    }
    List<Upstream> secured =
        used.stream().filter(upstream -> statistics(upstream) != null).toList();
    tls(page, secured, "ssl_handshake", TlsStatistics::handshakes);
    tls(page, secured, "ssl_session_reused", TlsStatistics::resumed);
    tls(page, secured, "ssl_connection_error", TlsStatistics::failures);
    single(page, "envoy_http_downstream_rq_active", "gauge", activeRequests.getAsLong());
    page.flush();
  }

  private void tls(
      Writer page, List<Upstream> secured, String statistic, ToLongFunction<TlsStatistics> value)
      throws IOException {
    clusters(
        page,
        CLUSTER + statistic,
        "counter",
        secured,
        upstream -> {
          TlsStatistics statistics = statistics(upstream);
          return statistics == null ? 0 : value.applyAsLong(statistics);
        });
    TlsStatistics server = tls.serverStatistics();
    if (server != null) {
      single(page, "envoy_listener_" + statistic, "counter", value.applyAsLong(server));
    }
  }

  private @Nullable TlsStatistics statistics(Upstream upstream) {
    UpstreamTls peer = upstream.cluster().tls();
    return peer == null ? null : tls.statistics(peer);
  }

  private static void clusters(
      Writer page,
      String name,
      String type,
      List<Upstream> upstreams,
      ToLongFunction<Upstream> value)
      throws IOException {
    if (upstreams.isEmpty()) {
      return;
    }
    type(page, name, type);
    for (Upstream upstream : upstreams) {
      page.write(
          name
              + "{cluster_name=\""
              + escaped(upstream.cluster().name())
              + "\"} "
              + value.applyAsLong(upstream)
              + "\n");
    }
  }

  private static void single(Writer page, String name, String type, long value) throws IOException {
    type(page, name, type);
    page.write(name + " " + value + "\n");
  }

  private static void type(Writer page, String name, String type) throws IOException {
    page.write("# TYPE " + name + " " + type + "\n");
  }

  private static String escaped(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
