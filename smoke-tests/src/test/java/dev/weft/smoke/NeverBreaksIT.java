package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that Weft does wrong, and no agent beside it, breaks the application. */
final class NeverBreaksIT {

  private static final Path OTEL =
      Path.of(System.getProperty("weft.root", ".."))
          .resolve("smoke-tests/target/agents/opentelemetry-javaagent.jar")
          .toAbsolutePath();

  @Test
  void everyAdviceFails() throws Exception {
    try (ShopMesh mesh = ShopMesh.open("failing-advice", Jdks.own())) {
      MeshedApplication guarded =
          mesh.start(
              mesh.catalog("catalog-guarded", "v1").jvmOption("-Dweft.test.advice.fail=true"));
      MeshedApplication catalog =
          mesh.start(mesh.catalog("catalog-plain", "v1").environment("WEFT_ENABLED", "false"));
      // Without a guard at its own port, so that it can be asked to call.
      MeshedApplication storefront =
          mesh.start(
              mesh.storefront()
                  .jvmOption("-Dweft.test.advice.fail=true")
                  .environment("WEFT_INSTRUMENTATION_TOMCAT_ENABLED", "false")
                  .environment("WEFT_INSTRUMENTATION_SOCKETS_ENABLED", "false")
                  .environment("STOREFRONT_CATALOG", catalog.url("")));
      ShopMesh.awaitAnswer(catalog);
      ShopMesh.awaitAnswer(storefront);
      for (String client : List.of("/resttemplate", "/httpclient", "/async")) {
        for (int i = 0; i < 10; i++) {
          assertThat(Http.get(storefront.url(client)).body()).contains("catalog-plain");
        }
      }
      assertThat(storefront.process().output()).contains("injected by weft.test.advice.fail");
      assertThat(storefront.metrics("weft_advice_failures_total"))
          .singleElement()
          .asString()
          .doesNotEndWith(" 0.0");
      assertThat(storefront.configDump())
          .contains("adviceFailures")
          .doesNotContain("adviceFailures\": 0");

      ShopMesh.awaitAnswer(guarded);
      Await.until(
          "the application has started",
          ShopMesh.SOON,
          () -> {
            guarded.process().requireAlive();
            return guarded.process().output().contains("Started CatalogApplication");
          });
      for (int i = 0; i < 10; i++) {
        assertThat(Curl.run(guarded.url("/items")).refused()).isTrue();
      }
      assertThat(guarded.process().alive()).isTrue();
      Observed.print(
          "an exception in every advice: 30 of 30 calls go on as without the agent;"
              + " the inbound guard closes 10 of 10 connections");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void besideTheOpenTelemetryAgent(boolean first) throws Exception {
    String other = "-javaagent:" + OTEL;
    String weft = "-javaagent:" + ShopMesh.agent();
    try (ShopMesh mesh = ShopMesh.open("opentelemetry", Jdks.own())) {
      MeshedApplication.Builder[] builders = {mesh.catalog("catalog", "v1"), mesh.storefront()};
      for (MeshedApplication.Builder builder : builders) {
        builder
            .environment("JAVA_TOOL_OPTIONS", first ? other + " " + weft : weft + " " + other)
            .environment("OTEL_TRACES_EXPORTER", "none")
            .environment("OTEL_METRICS_EXPORTER", "none")
            .environment("OTEL_LOGS_EXPORTER", "none");
      }
      MeshedApplication catalog = mesh.start(builders[0]);
      MeshedApplication storefront = mesh.start(builders[1]);
      mesh.awaitServing(catalog, storefront);
      ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog");
      mesh.apply("strict.yaml");
      Await.until(
          "STRICT is in force", ShopMesh.SOON, () -> Curl.run(catalog.url("/items")).refused());
      for (String client : List.of("/resttemplate", "/httpclient", "/async")) {
        for (int i = 0; i < 20; i++) {
          var response = Http.get(storefront.url(client));
          assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
      }
      assertThat(catalog.process().output()).contains("opentelemetry-javaagent");
      Observed.print(
          "OpenTelemetry's agent %s Weft's: 60 of 60 calls over mutual TLS",
          first ? "before" : "behind");
    }
  }
}
