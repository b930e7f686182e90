package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import dev.weft.demo.process.MeshedApplication;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What breaks around the data plane doesn't break the data plane. */
@SuppressWarnings("NullAway.Init") // @BeforeAll's to set
final class SurvivalIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static ShopMesh mesh;
  private static MeshedApplication storefront;

  @BeforeAll
  static void start() throws Exception {
    mesh = ShopMesh.open("survival", Jdks.own());
    mesh.apply("strict.yaml");
    MeshedApplication catalog = mesh.start(mesh.catalog("catalog-one", "v1"));
    storefront = mesh.start(mesh.storefront());
    mesh.awaitServing(catalog, storefront);
    ShopMesh.awaitAnswers(storefront, "/resttemplate", "catalog-one");
  }

  @AfterAll
  static void stop() {
    mesh.close();
  }

  @Test
  void theControlServerComesAndGoes() throws Exception {
    Load load = Load.on(4, storefront.url("/resttemplate"), storefront.url("/httpclient"));
    int without;
    Duration taken;
    try (load) {
      mesh.control().kill();
      int before = load.calls();
      Await.until("calls without it", ShopMesh.LONG, () -> load.calls() > before + 300);
      without = load.calls() - before;
      mesh.control().restart();
      mesh.apply("readers-only.yaml");
      taken =
          Await.until(
              "changes arrive again",
              ShopMesh.SOON,
              () -> Http.send("DELETE", storefront.url("/items/heddle")).statusCode() == 403);
    } finally {
      mesh.control().remove("readers-only.yaml");
    }
    Observed.print(
        "control server killed for %d calls, then restarted: a change is in force after %d ms; %s",
        without, taken.toMillis(), load);
    assertThat(load.failures()).isEmpty();
  }

  /** Valid for Istio, but with a regular expression that means something else in Java. */
  @Test
  void aRouteThatCanNotBeHonouredIsShownAndTheOldStaysInForce() throws Exception {
    mesh.apply("brewing.yaml");
    Await.until("418 by the route", ShopMesh.SOON, () -> canary() == 418);
    mesh.control()
        .apply(
            "brewing.yaml",
            ShopMesh.resource("brewing.yaml")
                .replace(
                    "headers: {canary: {exact: \"true\"}}",
                    "withoutHeaders: {canary: {regex: \".*\"}}"));
    Await.until(
        "the agent's rejection arrives",
        ShopMesh.SOON,
        () -> !rejected(status().path("clients")).isEmpty());
    String told = rejected(status().path("clients")).toString();
    String kept = rejected(dump(storefront).path("configuration").path("types")).toString();
    Observed.print("NACK: /api/status %s, /config_dump %s", told, kept);
    assertThat(told).contains("catalog").contains("treat_missing_header_as_empty");
    assertThat(kept).contains("catalog").contains("treat_missing_header_as_empty");
    for (int i = 0; i < 10; i++) {
      assertThat(canary()).isEqualTo(418);
    }
    mesh.control().remove("brewing.yaml");
    Await.until(
        "nothing is rejected any more",
        ShopMesh.SOON,
        () -> canary() == 200 && rejected(status().path("clients")).isEmpty());
  }

  private static int canary() throws Exception {
    return Http.get(storefront.url("/httpclient"), "canary", "true").statusCode();
  }

  /** All that is in a field of this name, however deep. */
  private static List<JsonNode> rejected(JsonNode node) {
    return node.findValues("rejected").stream().filter(found -> !found.isEmpty()).toList();
  }

  @Test
  void aBadFileIsRefusedAndTheOldStaysInForce() throws Exception {
    mesh.apply("readers-only.yaml");
    String url = storefront.url("/items/heddle");
    Await.until("denied", ShopMesh.SOON, () -> Http.send("DELETE", url).statusCode() == 403);
    mesh.control()
        .apply(
            "readers-only.yaml",
            ShopMesh.resource("readers-only.yaml").replace("action: ALLOW", "action: PERHAPS"));
    Await.until(
        "the file is refused",
        ShopMesh.SOON,
        () -> !file("readers-only.yaml").path("accepted").asBoolean(true));
    JsonNode finding = finding("readers-only.yaml", "error");
    Observed.print("a bad file is refused: %s", finding);
    assertThat(finding.path("resource").asText()).isEqualTo("shop/readers-only");
    assertThat(finding.path("field").asText()).contains("action");
    assertThat(finding.path("reason").asText()).contains("PERHAPS");
    assertThat(mesh.control().process().output())
        .as("on the console")
        .contains("readers-only", "PERHAPS");
    for (int i = 0; i < 10; i++) {
      assertThat(Http.send("DELETE", url).statusCode()).isEqualTo(403);
      assertThat(Http.get(storefront.url("/resttemplate")).statusCode()).isEqualTo(200);
    }
    mesh.control().remove("readers-only.yaml");
    Await.until("allowed", ShopMesh.SOON, () -> Http.send("DELETE", url).statusCode() == 200);
  }

  private static JsonNode dump(MeshedApplication application) throws Exception {
    return JSON.readTree(application.configDump());
  }

  private static JsonNode status() throws Exception {
    return JSON.readTree(Http.get(mesh.control().url("/api/status")).body());
  }

  private static JsonNode file(String name) throws Exception {
    for (JsonNode file : status().path("files")) {
      if (file.path("file").asText().endsWith(name)) {
        return file;
      }
    }
    throw new AssertionError("no " + name + " in " + status());
  }

  private static JsonNode finding(String file, String severity) throws Exception {
    for (JsonNode finding : status().path("findings")) {
      if (finding.path("file").asText().endsWith(file)
          && finding.path("severity").asText().equals(severity)) {
        return finding;
      }
    }
    throw new AssertionError("no finding about " + file + " in " + status());
  }
}
