package dev.weft.controlserver.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The console's HTTP face: JSON for people's tools, metrics for scrapers, readiness. */
public final class Console {
  private static final MediaType OPEN_METRICS_TEXT =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private final StatusReport status;
  private final PrometheusMeterRegistry metrics;
  private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public Console(StatusReport status, PrometheusMeterRegistry metrics) {
    this.status = status;
    this.metrics = metrics;
  }

  /** Adds the console's paths to a server. */
  public void addTo(ServerBuilder server) {
    server
        .service("/api/status", json(status::status))
        .service("/api/services", json(() -> CompletableFuture.completedFuture(status.services())))
        .service(
            "/metrics",
            (context, request) ->
                HttpResponse.of(HttpStatus.OK, OPEN_METRICS_TEXT, metrics.scrape()))
        .service("/healthz/ready", HealthCheckService.of());
  }

  private HttpService json(Supplier<CompletableFuture<?>> content) {
    return (context, request) -> HttpResponse.of(content.get().thenApply(this::json));
  }

  private HttpResponse json(Object content) {
    try {
      return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, json.writeValueAsString(content));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the console's own records can be written", e);
    }
  }
}
