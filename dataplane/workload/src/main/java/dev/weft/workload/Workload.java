package dev.weft.workload;

import dev.weft.engine.Engine;
import dev.weft.engine.Mesh;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.Timer;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadIdentity;
import dev.weft.identity.WorkloadTls;
import dev.weft.jwt.TokenVerifier;
import dev.weft.remote.RemoteClient;
import dev.weft.xds.authz.CheckMessages;
import dev.weft.xds.ratelimit.RateLimitMessages;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
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

  /** An application that starts has better use for the processor than what only requests need. */
  private static final Duration LONGEST_START = Duration.ofMinutes(1);

  private static final Duration AFTER_START = Duration.ofSeconds(1);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final WorkloadSettings settings;
  private final Settings environment;
  private final LateConfiguration configuration = new LateConfiguration();
  private final CountDownLatch listening = new CountDownLatch(1);
  private final LateTelemetry telemetry = new LateTelemetry();
  private final WorkloadTls tls = new WorkloadTls(this::svid);
  private final Timer timer = new SystemTimer();
  private final RemoteClient remote = new RemoteClient(tls, timer);
  private final Engine engine;
  private volatile @Nullable AdminPages admin;
  private volatile @Nullable Thread sockets;
  private volatile @Nullable Connected connected;
  private volatile LongSupplier adviceFailures = () -> 0;
  private volatile boolean draining;
  private volatile boolean closed;

  /** The starting thread's. */
  private @Nullable String whyNotStarted;

  private Workload(WorkloadSettings settings, Settings environment) {
    this.settings = settings;
    this.environment = environment;
    this.engine =
        new Engine(
            new Surroundings(
                configuration,
                tls,
                remote,
                telemetry,
                timer,
                ThreadLocalRandom::current,
                new TokenVerifier(),
                new CheckMessages(InstantSource.system()),
                new RateLimitMessages()),
            settings.inboundInitial(),
            settings.startWait());
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
    workload.engine.onListeningPortsChange(workload.listening::countDown);
    Mesh.install(workload.engine);
    daemon(() -> workload.connect(userAgent), "weft-start");
    return workload;
  }

  /**
   * Keeps trying: a name may resolve and a file be there a moment later. The pages that say what is
   * amiss come first.
   */
  private void connect(String userAgent) {
    try {
      Thread.sleep(GRACE_MILLIS);
      long pause = FIRST_PAUSE.toMillis();
      while (!closed && !connects(userAgent)) {
        Thread.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
      }
      Connected made = connected;
      if (made != null && !draining) {
        awaitListening();
        Thread.sleep(AFTER_START.toMillis());
        made.telemetry().warmUp();
        warmUpTls();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void warmUpTls() {
    try {
      boolean unused = tls.warmUp();
    } catch (SSLException | RuntimeException e) {
      log.log(Level.WARNING, "TLS of this workload with itself fails", e);
    }
  }

  private boolean connects(String userAgent) {
    try {
      AdminPages pages = admin;
      if (pages == null) {
        pages = openAdmin();
      }
      try {
        connected(Connected.open(settings, environment, engine, this::svid, userAgent), pages);
        return true;
      } catch (Exception | LinkageError e) {
        pages.problem("not connected to " + settings.controlText() + ": " + words(e));
        throw e;
      }
    } catch (Exception | LinkageError e) {
      reportNotStarted(e);
      return false;
    }
  }

  /** Once for each reason, however often it's met. The trace is for what only we can mend. */
  private void reportNotStarted(Throwable reason) {
    String why = words(reason);
    if (why.equals(whyNotStarted)) {
      return;
    }
    whyNotStarted = why;
    log.log(
        Level.SEVERE,
        why
            + ": weft did not start and keeps trying; until then calls go as if it were not there,"
            + " guarded ports stay "
            + settings.inboundInitial(),
        isExpected(reason) ? null : reason);
    log.log(Level.FINE, "weft did not start", reason);
  }

  private static String words(Throwable reason) {
    String message = reason.getMessage();
    return isExpected(reason) && message != null ? message : reason.toString();
  }

  /** What settings, files and the network cause. */
  private static boolean isExpected(Throwable reason) {
    return reason instanceof IOException || reason instanceof IllegalArgumentException;
  }

  /**
   * Says how often what carries requests has failed by itself, from now on shown beside what the
   * mesh knows.
   */
  public void showAdviceFailures(LongSupplier count) {
    adviceFailures = count;
  }

  /** Blocks until the application listens, a minute at most. */
  public void awaitListening() throws InterruptedException {
    boolean unused = listening.await(LONGEST_START.toSeconds(), TimeUnit.SECONDS);
  }

  private AdminPages openAdmin() throws IOException {
    AdminPages pages =
        AdminPages.serve(
            settings.adminPort(),
            Addresses.towardsIfKnown(settings.control()),
            engine,
            () -> adviceFailures.getAsLong(),
            () -> draining);
    admin = pages;
    sockets = daemon(new UnreportedSockets(engine.knownPorts(), pages::listensOn), "weft-sockets");
    return pages;
  }

  private void connected(Connected made, AdminPages pages) {
    connected = made;
    pages.connected(made);
    telemetry.arrived(made.telemetry());
    configuration.arrived(made.configuration());
    if (draining) {
      made.drain();
    }
    made.begin();
    if (closed) {
      close();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(null, task, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(Workload.class.getClassLoader());
    thread.start();
    return thread;
  }

  private @Nullable Svid svid() {
    Connected made = connected;
    WorkloadIdentity identity = made == null ? null : made.identity();
    return identity == null ? null : identity.current();
  }

  /**
   * For a JVM that shuts down, whose application may go on for as long as its own shutdown hooks
   * take: callers send it no new requests, it is not ready, and what it finishes or begins is in
   * the mesh as ever. Returns when telemetry is flushed, after a few seconds at most.
   */
  public void drain() {
    draining = true;
    Connected made = connected;
    if (made != null) {
      made.drain();
    }
  }

  /** Ends everything. Takes as long as {@link #drain}, or a moment after it. */
  @Override
  public void close() {
    draining = true;
    closed = true;
    Connected made = connected;
    if (made != null) {
      made.close();
    }
    Thread looking = sockets;
    if (looking != null) {
      looking.interrupt();
    }
    AdminPages pages = admin;
    if (pages != null) {
      pages.close();
    }
    remote.close();
  }
}
