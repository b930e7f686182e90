package dev.weft.engine.model;

import dev.weft.engine.Header;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where spans go, through the mesh (Envoy's config.trace.v3.Tracing.Http). */
public sealed interface SpanCollector {

  /** That is sent to. */
  String cluster();

  /**
   * Envoy's OpenTelemetryConfig.grpc_service.
   *
   * @param timeout null: the workload's own setting
   */
  record OtlpGrpc(
      String cluster, String authority, List<Header> metadata, @Nullable Duration timeout)
      implements SpanCollector {

    public OtlpGrpc {
      metadata = List.copyOf(metadata);
    }
  }

  /** Envoy's OpenTelemetryConfig.http_service: protobuf. */
  record OtlpHttp(Post post) implements SpanCollector {

    @Override
    public String cluster() {
      return post.cluster();
    }
  }

  /**
   * Envoy's ZipkinConfig: Zipkin's JSON, version 2.
   *
   * @param shortTraceIds whether traces that begin here have IDs of 64 bits
   * @param w3c whether contexts go on as W3C has them, besides B3
   */
  record Zipkin(Post post, boolean shortTraceIds, boolean w3c) implements SpanCollector {

    @Override
    public String cluster() {
      return post.cluster();
    }
  }

  /**
   * Envoy's core.v3.HttpService.
   *
   * @param timeout null: the workload's own setting
   */
  record Post(
      String cluster,
      String authority,
      String path,
      List<Header> headers,
      @Nullable Duration timeout) {

    public Post {
      headers = List.copyOf(headers);
    }
  }
}
