package dev.weft.agent;

import dev.weft.workload.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The data plane proper. */
public final class MeshWorkload implements Workload {

  /** A resource in the agent's jar. */
  public static final String VERSION = "version";

  private dev.weft.workload.@Nullable Workload workload;

  @Override
  public void start() {
    workload =
        dev.weft.workload.Workload.start(
            Settings.ofProcess(),
            ApplicationName.of(System.getProperty("sun.java.command", "")),
            "weft-agent/" + version());
  }

  private static String version() {
    try (InputStream in = MeshWorkload.class.getClassLoader().getResourceAsStream(VERSION)) {
      return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public void awaitListening() throws InterruptedException {
    if (workload != null) {
      workload.awaitListening();
    }
  }

  @Override
  public void woven(LongSupplier adviceFailures) {
    if (workload != null) {
      workload.showAdviceFailures(adviceFailures);
    }
  }

  @Override
  public void drain() {
    if (workload != null) {
      workload.drain();
    }
  }

  @Override
  public void close() {
    if (workload != null) {
      workload.close();
    }
  }
}
