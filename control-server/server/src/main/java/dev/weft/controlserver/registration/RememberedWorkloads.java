package dev.weft.controlserver.registration;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.weft.controlserver.state.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who was registered, kept in a file, so that a server that comes back does not tell the first
 * client that asks that nobody is there. Those workloads count as registered until they have had
 * time to register again.
 */
public final class RememberedWorkloads implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RememberedWorkloads.class);
  private static final String FILE = "workloads.json";

  /** When many workloads come or go, they do so within a moment. */
  private static final Duration WRITTEN_TOGETHER = Duration.ofMillis(100);

  /** A workload tries to reconnect every ten seconds, give or take some, and may fail once. */
  private static final Duration TIME_TO_RETURN = Duration.ofSeconds(30);

  private static final TypeReference<List<Registration>> REGISTRATIONS = new TypeReference<>() {};

  private final StateDirectory state;
  private final WorkloadRegistry registry;
  private final ObjectMapper json =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
  private final AtomicBoolean writeDue = new AtomicBoolean();
  private boolean closed;

  private RememberedWorkloads(StateDirectory state, WorkloadRegistry registry) {
    this.state = state;
    this.registry = registry;
  }

  /** Has the registry expect those back that were there when the last server was. */
  public static RememberedWorkloads recall(StateDirectory state, WorkloadRegistry registry) {
    RememberedWorkloads remembered = new RememberedWorkloads(state, registry);
    List<Registration> workloads = remembered.read();
    if (!workloads.isEmpty()) {
      log.info(
          "{} workloads were registered before; they have {} s to return",
          workloads.size(),
          TIME_TO_RETURN.toSeconds());
      registry.expect(workloads);
      after(TIME_TO_RETURN).execute(registry::expectNoMore);
    }
    return remembered;
  }

  /** Notes that workloads came, went or changed. Returns at once. */
  public void workloadsChanged() {
    if (writeDue.compareAndSet(false, true)) {
      after(WRITTEN_TOGETHER).execute(this::write);
    }
  }

  private static Executor after(Duration delay) {
    return CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void write() {
    if (closed) {
      return;
    }
    writeDue.set(false);
    try {
      state.write(FILE, json.writeValueAsString(registry.workloads()));
    } catch (IOException e) {
      log.warn("who is registered can't be remembered: {}", e.toString());
    }
  }

  private List<Registration> read() {
    Path file = state.path(FILE);
    try {
      return Files.exists(file) ? json.readValue(file.toFile(), REGISTRATIONS) : List.of();
    } catch (IOException e) {
      log.warn("who was registered before can't be read: {}", e.toString());
      return List.of();
    }
  }

  /** Remembers what is there now; that streams end from here on is this server's doing. */
  @Override
  public synchronized void close() {
    write();
    closed = true;
  }
}
