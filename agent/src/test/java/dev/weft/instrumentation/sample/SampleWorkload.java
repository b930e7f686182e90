package dev.weft.instrumentation.sample;

import dev.weft.agent.Workload;
import dev.weft.engine.Mesh;
import java.util.function.LongSupplier;

/** Says when it is started, drained and closed. Fails to start on demand. */
@SuppressWarnings("SystemOut") // for the test to read
public final class SampleWorkload implements Workload {

  private volatile LongSupplier failures = () -> 0;

  @Override
  public void start() {
    if (Boolean.getBoolean("sample.workload.fail")) {
      throw new IllegalStateException("told to fail");
    }
    Mesh.install(new SampleMesh());
    System.out.println("workload=started");
  }

  @Override
  public void woven(LongSupplier adviceFailures) {
    failures = adviceFailures;
  }

  @Override
  public void drain() {
    System.out.println("someAdviceFailed=" + (failures.getAsLong() > 0));
    System.out.println("workload=drained");
  }

  @Override
  public void close() {
    System.out.println("workload=closed");
  }
}
