package dev.weft.agent;

/** The data plane, as the agent starts and stops it. Provided through {@code META-INF/services}. */
public interface Workload {

  /** Starts. Called once, on a thread of the agent's, while the application may already run. */
  void start();

  /** Stops. Called when the JVM shuts down, beside the application's own shutdown hooks. */
  void close();
}
