package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.engine.Mesh;
import dev.weft.engine.SystemTimer;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.identity.WorkloadTls;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A workload in its process: the engine at once, and everything that takes time, the network above
 * all, on a background thread.
 */
public final class Workload implements AutoCloseable {

  private static final Logger log = Logger.getLogger(Workload.class.getName());

  /**
   * Much of the JVM is set up by whoever is first, by system properties: TLS, the common pool, name
   * resolution. An application sets its own in the first lines of its main method.
   */
  private static final long GRACE_MILLIS = 200;

  private final WorkloadSettings settings;
  private final Settings environment;
  private final LateConfiguration configuration = new LateConfiguration();
  private final LateTelemetry telemetry = new LateTelemetry();
  private final Engine engine;
  private volatile @Nullable Connected connected;
  private volatile boolean closed;

  private Workload(WorkloadSettings settings, Settings environment) {
    this.settings = settings;
    this.environment = environment;
    this.engine =
        new Engine(
            configuration,
            new WorkloadTls(this::svid),
            telemetry,
            new SystemTimer(),
            settings.inboundInitial(),
            settings.startWait(),
            ThreadLocalRandom::current);
  }

  /**
   * Installs the mesh, which from then on obeys the initial rules, and returns; the rest is done on
   * daemon threads.
   *
   * @param environment what the workload is told by
   * @param applicationName if nothing else names the service
   * @param userAgent who speaks to the control server, as {@code agent/VERSION}
   */
  public static Workload start(Settings environment, String applicationName, String userAgent) {
    WorkloadSettings settings = WorkloadSettings.read(environment, applicationName);
    settings.problems().forEach(log::warning);
    Workload workload = new Workload(settings, environment);
    Mesh.install(workload.engine);
    Thread thread = new Thread(null, () -> workload.connect(userAgent), "weft-start", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(Workload.class.getClassLoader());
    thread.start();
    return workload;
  }

  private void connect(String userAgent) {
    try {
      Thread.sleep(GRACE_MILLIS);
      Connected made = Connected.open(settings, environment, engine, userAgent);
      connected = made;
      telemetry.arrived(made.telemetry());
      configuration.arrived(made.configuration());
      if (closed) {
        made.close();
        return;
      }
      made.warmUp();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | LinkageError e) {
      log.log(
          Level.SEVERE,
          "weft did not start; calls go as if it were not there, guarded ports stay "
              + settings.inboundInitial(),
          e);
    }
  }

  private @Nullable Svid svid() {
    Connected made = connected;
    WorkloadIdentity identity = made == null ? null : made.identity();
    return identity == null ? null : identity.current();
  }

  /**
   * Says goodbye: the control server takes this workload's endpoints away while the application
   * finishes what it has begun, and telemetry is flushed. Takes a few seconds at most.
   */
  @Override
  public void close() {
    closed = true;
    Connected made = connected;
    if (made != null) {
      made.close();
    }
  }
}
