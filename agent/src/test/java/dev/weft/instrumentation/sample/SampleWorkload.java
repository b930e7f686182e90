package dev.weft.instrumentation.sample;

import dev.weft.agent.Workload;

/** Says when it is started and stopped. */
@SuppressWarnings("SystemOut") // for the test to read
public final class SampleWorkload implements Workload {

  @Override
  public void start() {
    System.out.println("workload=started");
  }

  @Override
  public void close() {
    System.out.println("workload=closed");
  }
}
