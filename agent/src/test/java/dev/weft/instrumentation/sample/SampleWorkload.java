package dev.weft.instrumentation.sample;

import dev.weft.agent.Workload;
import dev.weft.engine.Mesh;

/** Says when it is started and stopped. Fails to start on demand. */
@SuppressWarnings("SystemOut") // for the test to read
public final class SampleWorkload implements Workload {

  @Override
  public void start() {
    if (Boolean.getBoolean("sample.workload.fail")) {
      throw new IllegalStateException("told to fail");
    }
    Mesh.install(new SampleMesh());
    System.out.println("workload=started");
  }

  @Override
  public void close() {
    System.out.println("workload=closed");
  }
}
