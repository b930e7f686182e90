package dev.weft.controlserver.mesh;

import dev.weft.controlserver.source.FileChange;
import dev.weft.controlserver.xds.ResourceSnapshot;
import java.util.List;
import java.util.function.Consumer;

/** Interim, until translation is there: publishes nothing. */
public final class Mesh implements AutoCloseable {
  private final Consumer<ResourceSnapshot> publish;

  public Mesh(Consumer<ResourceSnapshot> publish) {
    this.publish = publish;
  }

  public record FindingStatus(
      String severity, String file, int line, String resource, String field, String reason) {}

  public record FileStatus(String file, boolean accepted, int resources) {}

  public record ServiceStatus(String host) {}

  public void filesChanged(List<FileChange> changes) {
    publish.accept(ResourceSnapshot.EMPTY);
  }

  public void workloadsChanged() {
    publish.accept(ResourceSnapshot.EMPTY);
  }

  public List<FindingStatus> findings() {
    return List.of();
  }

  public List<FileStatus> files() {
    return List.of();
  }

  public List<ServiceStatus> services() {
    return List.of();
  }

  @Override
  public void close() {}
}
