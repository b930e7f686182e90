package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.workload.admin.AdminServer;
import dev.weft.workload.admin.ModelJson;
import dev.weft.workload.admin.Page;
import dev.weft.xds.XdsStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What the admin ports show of a workload, from before it is connected. */
final class AdminPages implements AutoCloseable {

  private static final Logger log = Logger.getLogger(AdminPages.class.getName());

  private final Engine engine;
  private final LongSupplier adviceFailures;
  private final BooleanSupplier draining;
  private final List<AdminServer> servers = new ArrayList<>();
  private volatile @Nullable Connected connected;
  private volatile String problem = "not connected yet";

  private AdminPages(Engine engine, LongSupplier adviceFailures, BooleanSupplier draining) {
    this.engine = engine;
    this.adviceFailures = adviceFailures;
    this.draining = draining;
  }

  /**
   * @param port of the public pages on {@code address}; the private ones take the next, on loopback
   */
  static AdminPages serve(
      int port,
      InetAddress address,
      Engine engine,
      LongSupplier adviceFailures,
      BooleanSupplier draining)
      throws IOException {
    AdminPages pages = new AdminPages(engine, adviceFailures, draining);
    AdminServer open =
        AdminServer.start(
            address,
            port,
            Map.of("/healthz/ready", query -> pages.ready(), "/stats/prometheus", pages::metrics));
    pages.servers.add(open);
    try {
      pages.servers.add(
          AdminServer.start(
              InetAddress.getLoopbackAddress(),
              port == 0 ? 0 : open.port() + 1,
              Map.of("/config_dump", query -> pages.dump())));
    } catch (IOException | RuntimeException e) {
      pages.close();
      throw e;
    }
    log.info(
        "admin pages on http://"
            + address.getHostAddress()
            + ":"
            + open.port()
            + ", /config_dump on http://127.0.0.1:"
            + pages.servers.get(1).port());
    return pages;
  }

  /** Whether one of these pages is served there. */
  boolean listensOn(InetSocketAddress address) {
    return servers.stream()
        .map(AdminServer::address)
        .anyMatch(
            own ->
                own.getPort() == address.getPort()
                    && (own.getAddress().equals(address.getAddress())
                        || own.getAddress().isAnyLocalAddress()));
  }

  void connected(Connected connected) {
    connected
        .telemetry()
        .counter(
            "weft_advice_failures",
            "Failures of code woven into the application, kept from it and logged.",
            adviceFailures);
    this.connected = connected;
  }

  /** Why it isn't connected. */
  void problem(String problem) {
    this.problem = problem;
  }

  /**
   * Ready: the mesh's names are known, there is a certificate if there is to be one, nothing
   * listens that should be guarded and can't be, and the JVM isn't shutting down.
   */
  private Page ready() {
    List<String> missing = new ArrayList<>();
    if (draining.getAsBoolean()) {
      missing.add("draining: the JVM is shutting down");
    }
    Connected connected = this.connected;
    if (connected == null) {
      missing.add(problem);
    } else {
      XdsStatus status = connected.configuration().status();
      if (!status.namesKnown()) {
        String failure = status.lastFailure();
        missing.add(
            "no configuration yet from "
                + status.server()
                + (failure == null ? "" : ": " + failure));
      }
      String refusal = connected.registration().status().refusal();
      if (refusal != null) {
        missing.add("not registered: " + refusal);
      }
      WorkloadIdentity identity = connected.identity();
      if (identity != null && identity.current() == null) {
        missing.add("no certificate yet");
      }
    }
    for (int port : engine.knownPorts().unprotected()) {
      missing.add(
          "port " + port + " is STRICT, but native code listens there, or did before Weft started");
    }
    return missing.isEmpty()
        ? Page.text(200, "ready\n")
        : Page.text(503, String.join("\n", missing) + "\n");
  }

  private Page metrics(String query) {
    Connected connected = this.connected;
    return new Page(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        true,
        out -> {
          if (connected != null) {
            connected.telemetry().scrape(out);
          }
        });
  }

  private Page dump() {
    Map<String, @Nullable Object> dump = new LinkedHashMap<>();
    Connected connected = this.connected;
    if (connected == null) {
      dump.put("problem", problem);
    } else {
      dump.put("configuration", connected.configuration().status());
      dump.put("registration", connected.registration().status());
      dump.put("identity", identity(connected.identity()));
    }
    dump.put("adviceFailures", adviceFailures.getAsLong());
    dump.put("listeningPorts", engine.listeningPorts().all());
    dump.put("mesh", engine.snapshot());
    return Page.json(ModelJson.of(dump));
  }

  private static Map<String, @Nullable Object> identity(@Nullable WorkloadIdentity identity) {
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
