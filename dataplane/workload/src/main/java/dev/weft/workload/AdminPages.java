package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.telemetry.MeshTelemetry;
import dev.weft.workload.admin.AdminServer;
import dev.weft.workload.admin.ModelJson;
import dev.weft.workload.admin.Page;
import dev.weft.xds.WorkloadRegistration;
import dev.weft.xds.XdsClient;
import dev.weft.xds.XdsStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What the admin ports show of a workload. */
final class AdminPages implements AutoCloseable {

  private static final Logger log = Logger.getLogger(AdminPages.class.getName());

  private final Engine engine;
  private final XdsClient configuration;
  private final WorkloadRegistration registration;
  private final MeshTelemetry telemetry;
  private final @Nullable WorkloadIdentity identity;
  private final List<AdminServer> servers = new ArrayList<>();

  private AdminPages(
      Engine engine,
      XdsClient configuration,
      WorkloadRegistration registration,
      MeshTelemetry telemetry,
      @Nullable WorkloadIdentity identity) {
    this.engine = engine;
    this.configuration = configuration;
    this.registration = registration;
    this.telemetry = telemetry;
    this.identity = identity;
  }

  /**
   * @param port of the public pages on {@code address}; the private ones take the next, on loopback
   */
  static AdminPages serve(
      int port,
      String address,
      Engine engine,
      XdsClient configuration,
      WorkloadRegistration registration,
      MeshTelemetry telemetry,
      @Nullable WorkloadIdentity identity)
      throws IOException {
    AdminPages pages = new AdminPages(engine, configuration, registration, telemetry, identity);
    AdminServer open =
        AdminServer.start(
            InetAddress.getByName(address),
            port,
            Map.of("/healthz/ready", query -> pages.ready(), "/stats/prometheus", pages::metrics));
    AdminServer loopback =
        AdminServer.start(
            InetAddress.getLoopbackAddress(),
            port == 0 ? 0 : open.port() + 1,
            Map.of("/config_dump", query -> pages.dump()));
    pages.servers.add(open);
    pages.servers.add(loopback);
    log.info(
        "admin pages on http://"
            + address
            + ":"
            + open.port()
            + ", /config_dump on http://127.0.0.1:"
            + loopback.port());
    return pages;
  }

  /** Ready: the mesh's names are known, and there is a certificate if there is to be one. */
  private Page ready() {
    List<String> missing = new ArrayList<>();
    XdsStatus status = configuration.status();
    if (!status.namesKnown()) {
      String failure = status.lastFailure();
      missing.add(
          "no configuration yet from " + status.server() + (failure == null ? "" : ": " + failure));
    }
    if (identity != null && identity.current() == null) {
      missing.add("no certificate yet");
    }
    return missing.isEmpty()
        ? Page.text(200, "ready\n")
        : Page.text(503, String.join("\n", missing) + "\n");
  }

  private Page metrics(String query) {
    return new Page(200, "text/plain; version=0.0.4; charset=utf-8", telemetry.scrape());
  }

  private Page dump() {
    Map<String, @Nullable Object> dump = new LinkedHashMap<>();
    dump.put("configuration", configuration.status());
    dump.put("registration", registration.status());
    dump.put("identity", identity());
    dump.put("listeningPorts", engine.listeningPorts().all());
    dump.put("mesh", engine.snapshot());
    return Page.json(ModelJson.of(dump));
  }

  private Map<String, @Nullable Object> identity() {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    if (identity != null) {
      Svid svid = identity.current();
      shown.put("id", svid == null ? null : svid.id());
      shown.put("expiry", svid == null ? null : svid.expiry());
      shown.put("renewals", identity.renewals());
      shown.put("failures", identity.failures());
    }
    return shown;
  }

  @Override
  public void close() {
    servers.forEach(AdminServer::close);
  }
}
