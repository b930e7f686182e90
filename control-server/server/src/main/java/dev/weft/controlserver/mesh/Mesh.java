package dev.weft.controlserver.mesh;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.RegisteredWorkload;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import dev.weft.config.source.Finding;
import dev.weft.config.source.Origin;
import dev.weft.config.source.Severity;
import dev.weft.controlserver.registration.Registration;
import dev.weft.controlserver.source.FileChange;
import dev.weft.controlserver.source.FileChange.Deleted;
import dev.weft.controlserver.source.FileChange.Unreadable;
import dev.weft.controlserver.source.FileChange.Written;
import dev.weft.controlserver.xds.ResourceSnapshot;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the model of the mesh up to date and publishes it. A change of files is taken in at once,
 * as its source has waited for it to be finished; changes of workloads are taken in together.
 */
public final class Mesh implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Mesh.class);

  /** When many workloads come or go, they do so within a moment. */
  private static final Duration WORKLOADS_TOGETHER = Duration.ofMillis(20);

  private final MeshSettings settings;
  private final LastGoodFiles lastGood;
  private final Supplier<List<Registration>> registrations;
  private final Consumer<ResourceSnapshot> publish;
  private final Timer rebuilds;
  private final AtomicBoolean rebuildDue = new AtomicBoolean();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread daemon = new Thread(task, "weft-mesh");
            daemon.setDaemon(true);
            return daemon;
          });
  private final Executor delayed =
      CompletableFuture.delayedExecutor(
          WORKLOADS_TOGETHER.toMillis(), TimeUnit.MILLISECONDS, thread);

  // Written under this object's lock.
  private volatile Configuration configuration = Configuration.EMPTY;
  private volatile MeshModel model;
  private Set<Finding> told = Set.of();
  private boolean filesSeen;
  private boolean warm;

  /**
   * @param lastGood what files said before this process began
   * @param registrations the workloads registered now
   * @param publish gets every new state of the mesh, from one thread at a time
   */
  public Mesh(
      MeshSettings settings,
      LastGoodFiles lastGood,
      Supplier<List<Registration>> registrations,
      Consumer<ResourceSnapshot> publish,
      MeterRegistry metrics) {
    this.settings = settings;
    this.lastGood = lastGood;
    this.registrations = registrations;
    this.publish = publish;
    this.model = MeshModel.of(List.of(), List.of(), settings);
    rebuilds = metrics.timer("weft.control.mesh.rebuilds");
    Gauge.builder("weft.control.config.files", () -> configuration.paths().size())
        .register(metrics);
    Gauge.builder("weft.control.config.files.refused", this::refusedFiles).register(metrics);
    Gauge.builder("weft.control.services", () -> model.services().size()).register(metrics);
    Gauge.builder("weft.control.workloads.registered", () -> registrations.get().size())
        .register(metrics);
  }

  /**
   * Takes in changed files; when this returns, they are in force or refused. The first time they
   * are all that there are.
   */
  public synchronized void filesChanged(List<FileChange> changes) {
    Configuration next = configuration;
    Set<String> changed = new HashSet<>();
    for (FileChange change : changes) {
      changed.add(change.file());
      next = apply(next, change);
    }
    if (!filesSeen) {
      filesSeen = true;
      lastGood.retain(changed);
      next = next.heldBefore(lastGood.holders());
    }
    lastGood.holders(next.holders());
    lastGood.write();
    tellInForce(configuration, next, changed);
    configuration = next;
    rebuild();
    List<Finding> findings = findings();
    findings.stream()
        .filter(finding -> changed.contains(finding.origin().file()) || !told.contains(finding))
        .forEach(Mesh::tell);
    told = Set.copyOf(findings);
  }

  /** Of files that changed, and of those that another one's change concerns. */
  private static void tellInForce(Configuration before, Configuration now, Set<String> changed) {
    for (String path : now.paths()) {
      int inForce = now.resources(path).size();
      ConfigurationFile file = now.file(path).orElseThrow();
      boolean news =
          changed.contains(path)
              ? !file.refused()
              : !before.resources(path).equals(now.resources(path));
      if (news && inForce == 0) {
        log.info("nothing of {} is in force", path);
      } else if (news) {
        log.info("{} is in force: {} resources", path, inForce);
      }
    }
  }

  private Configuration apply(Configuration before, FileChange change) {
    if (change instanceof Written written) {
      ConfigurationFile file = ConfigurationFile.parse(written.file(), written.text());
      if (file.refused()) {
        return refused(before, file);
      }
      lastGood.good(written.file(), written.text());
      return before.with(file);
    } else if (change instanceof Unreadable unreadable) {
      return refused(
          before,
          ConfigurationFile.unreadable(
              unreadable.file(), new Origin(unreadable.file(), 0, 1), unreadable.reason()));
    } else if (change instanceof Deleted deleted) {
      log.info("{} is gone, and its resources with it", deleted.file());
    }
    lastGood.gone(change.file());
    return before.without(change.file());
  }

  /** Of a file that was there when this process began, what it said before is the last server's. */
  private Configuration refused(Configuration before, ConfigurationFile file) {
    String path = file.path();
    if (filesSeen) {
      return before.with(file);
    }
    Optional<ConfigurationFile> good =
        lastGood
            .text(path)
            .map(text -> ConfigurationFile.parse(path, text))
            .filter(earlier -> !earlier.refused());
    if (good.isPresent()) {
      log.info("{} is refused; what it said under the last server is in force", path);
      return before.with(good.get()).with(file);
    }
    if (lastGood.isUnknown(path) || lastGood.text(path).isPresent()) {
      lastGood.unknown(path);
      return before.withUnknown(file);
    }
    return before.with(file);
  }

  private static void tell(Finding finding) {
    if (finding.severity() == Severity.ERROR) {
      log.error("{}", finding);
    } else {
      log.warn("{}", finding);
    }
  }

  /** Notes that workloads came, went or changed. Returns at once. */
  public void workloadsChanged() {
    if (rebuildDue.compareAndSet(false, true)) {
      delayed.execute(
          () -> {
            rebuildDue.set(false);
            rebuild();
          });
    }
  }

  /** If that fails, by a defect of ours, what was published before stays in force. */
  private synchronized void rebuild() {
    try {
      rebuilds.record(
          () -> {
            MeshModel next =
                MeshModel.of(
                    configuration.resources(),
                    registrations.get().stream().map(Mesh::workload).toList(),
                    settings);
            MeshSnapshot snapshot = new MeshSnapshot(next);
            warm = warm || snapshot.warmUp();
            model = next;
            publish.accept(snapshot);
          });
    } catch (RuntimeException e) {
      log.error("the mesh can't be put together; what was there before stays in force", e);
    }
  }

  private static RegisteredWorkload workload(Registration registration) {
    return new RegisteredWorkload(
        registration.instance(),
        registration.service(),
        registration.identity().namespace(),
        registration.identity().serviceAccount(),
        registration.address(),
        registration.labels(),
        registration.ports().stream()
            .map(port -> new ListeningPort(port.number(), port.guarded(), port.by()))
            .toList(),
        registration.ready());
  }

  /** The files' configuration, in force and not. */
  public Configuration configuration() {
    return configuration;
  }

  /** All that is to be said about the files, each by itself and taken together. */
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>(configuration.findings());
    findings.addAll(Analysis.of(model));
    return findings;
  }

  /** Why a workload may not serve what it names, as things are now; empty if it may. */
  public Optional<String> refusal(Registration registration) {
    return model.refusal(workload(registration));
  }

  /** The mesh as it was published last. */
  public MeshModel model() {
    return model;
  }

  private long refusedFiles() {
    Configuration now = configuration;
    return now.paths().stream()
        .flatMap(path -> now.file(path).stream())
        .filter(ConfigurationFile::refused)
        .count();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
