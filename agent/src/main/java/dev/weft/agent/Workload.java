package dev.weft.agent;

import java.util.function.LongSupplier;

/** The data plane, as the agent starts and stops it. Provided through {@code META-INF/services}. */
public interface Workload {

  /**
   * Installs the mesh, with the rules that hold until configuration arrives, and returns: what
   * takes time, the network above all, is done on threads of the workload's own, which are daemons.
   * Called once, on the thread that runs the application's main method next.
   */
  void start();

  /**
   * Blocks until the application listens, and so has started and may soon get requests; or until it
   * has had time enough to.
   */
  default void awaitListening() throws InterruptedException {}

  /**
   * The application is woven.
   *
   * @param adviceFailures how often woven code has failed
   */
  default void woven(LongSupplier adviceFailures) {}

  /**
   * Sends callers elsewhere and goes on: called when the JVM shuts down, beside the application's
   * own shutdown hooks, which may still serve requests and make calls. Does not wait for them.
   */
  void drain();

  /** Stops. Called when those hooks have ended. */
  void close();
}
