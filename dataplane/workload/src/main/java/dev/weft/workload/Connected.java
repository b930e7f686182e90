package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.engine.inbound.ListeningPorts.ListeningPort;
import dev.weft.identity.IdentityListener;
import dev.weft.identity.SpiffeId;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.telemetry.MeshTelemetry;
import dev.weft.telemetry.WorkloadFacts;
import dev.weft.xds.CertificateClient;
import dev.weft.xds.ControlConnection;
import dev.weft.xds.ControlServer;
import dev.weft.xds.TokenSource;
import dev.weft.xds.WorkloadRegistration;
import dev.weft.xds.XdsClient;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** The parts of a workload that speak to the network. */
final class Connected implements AutoCloseable {

  private static final Logger log = Logger.getLogger(Connected.class.getName());

  /**
   * What a certificate is asked for with. The authority issues one of its own trust domain, which
   * is the one that counts.
   */
  private static final String REQUESTED_TRUST_DOMAIN = "cluster.local";

  /** What the control server's certificate authority issues unless it is asked otherwise. */
  private static final Duration AUTHORITYS_DEFAULT = Duration.ZERO;

  private final Engine engine;
  private final ControlConnection connection;
  private final XdsClient configuration;
  private final WorkloadRegistration registration;
  private final MeshTelemetry telemetry;
  private final @Nullable WorkloadIdentity identity;
  private final String address;

  private Connected(
      Engine engine,
      ControlConnection connection,
      XdsClient configuration,
      WorkloadRegistration registration,
      MeshTelemetry telemetry,
      @Nullable WorkloadIdentity identity,
      String address) {
    this.engine = engine;
    this.connection = connection;
    this.configuration = configuration;
    this.registration = registration;
    this.telemetry = telemetry;
    this.identity = identity;
    this.address = address;
  }

  /**
   * @param svid the certificate in use, null without one
   */
  static Connected open(
      WorkloadSettings settings,
      Settings environment,
      Engine engine,
      Supplier<@Nullable Svid> svid,
      String userAgent)
      throws IOException, GeneralSecurityException {
    // What may fail comes first.
    String address = Addresses.towards(settings.control()).getHostAddress();
    Path token = settings.tokenFile();
    SSLSocketFactory tls = ControlTls.trusting(settings.controlCa());
    TokenSource proof = token == null ? TokenSource.NONE : TokenSource.file(token);
    List<ControlServer> servers =
        settings.control().stream()
            .map(server -> new ControlServer(server.toString(), tls, proof))
            .toList();
    dev.weft.xds.Workload self = self(settings, address, userAgent);
    MeshTelemetry telemetry =
        MeshTelemetry.create(facts(self), () -> idOf(svid.get()), environment::get, log::warning);
    telemetry.attach(engine, userAgent.substring(userAgent.indexOf('/') + 1));
    ControlConnection connection = ControlConnection.open(servers, userAgent);
    XdsClient configuration =
        new XdsClient(
            connection,
            self,
            engine::update,
            new XdsClient.Patience(
                Duration.ofSeconds(5), settings.startWait(), XdsClient.Patience.UNHEARD),
            settings.xdsProtocol(),
            Clock.systemUTC());
    WorkloadRegistration registration = new WorkloadRegistration(connection, self);
    WorkloadIdentity identity =
        token == null
            ? null
            : WorkloadIdentity.start(
                new CertificateClient(connection)::sign,
                requestedId(settings),
                AUTHORITYS_DEFAULT,
                new LoggedIdentity());
    if (token == null) {
      log.warning(
          "no token (WEFT_TOKEN_FILE): this workload has no certificate, so neither offers nor"
              + " accepts mutual TLS");
    }
    return new Connected(
        engine, connection, configuration, registration, telemetry, identity, address);
  }

  /** Asks for configuration, and tells of the workload. */
  void begin() {
    engine.onListeningPortsChange(this::portsChanged);
    portsChanged();
    configuration.start();
    registration.start();
  }

  private void portsChanged() {
    List<ListeningPort> ports = engine.listeningPorts().all();
    ports.forEach(port -> configuration.inbound(address, port.port()));
    registration.update(ports);
  }

  private static WorkloadFacts facts(dev.weft.xds.Workload self) {
    return new WorkloadFacts(
        self.service(),
        self.namespace(),
        self.service(),
        self.instance(),
        self.nodeId(),
        self.labels());
  }

  private static @Nullable String idOf(@Nullable Svid svid) {
    return svid == null ? null : svid.id().toString();
  }

  private static SpiffeId requestedId(WorkloadSettings settings) {
    return SpiffeId.ofServiceAccount(
        REQUESTED_TRUST_DOMAIN, settings.namespace(), settings.serviceAccount());
  }

  private static dev.weft.xds.Workload self(
      WorkloadSettings settings, String address, String userAgent) {
    return new dev.weft.xds.Workload(
        Addresses.instance(settings.service()),
        address,
        settings.namespace(),
        settings.service(),
        settings.serviceAccount(),
        settings.labels(),
        userAgent);
  }

  XdsClient configuration() {
    return configuration;
  }

  WorkloadRegistration registration() {
    return registration;
  }

  MeshTelemetry telemetry() {
    return telemetry;
  }

  @Nullable WorkloadIdentity identity() {
    return identity;
  }

  /** Callers go elsewhere. All else goes on, for the application does too. */
  void drain() {
    registration.drain();
    telemetry.drain();
  }

  @Override
  public void close() {
    registration.close();
    configuration.close();
    if (identity != null) {
      identity.close();
    }
    telemetry.close();
    connection.close();
  }

  private static final class LoggedIdentity implements IdentityListener {

    /** Not the outer class's, whose name would claim more than a certificate means. */
    private static final Logger log = Logger.getLogger(WorkloadIdentity.class.getName());

    @Override
    public void obtained(Svid svid) {
      log.info("certificate for " + svid.id() + ", until " + svid.expiry());
    }

    @Override
    public void failed(Throwable reason, @Nullable Duration retryIn) {
      log.log(
          Level.WARNING,
          "no certificate: "
              + reason.getMessage()
              + (retryIn == null
                  ? "; this workload neither offers nor accepts mutual TLS"
                  : "; again in " + retryIn.toMillis() + " ms"));
    }
  }
}
