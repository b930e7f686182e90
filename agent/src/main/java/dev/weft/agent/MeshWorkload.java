package dev.weft.agent;

import dev.weft.workload.Settings;
import org.jspecify.annotations.Nullable;

/** The data plane proper. */
public final class MeshWorkload implements Workload {

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
    String version = MeshWorkload.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  @Override
  public void close() {
    if (workload != null) {
      workload.close();
    }
  }
}
