package dev.weft.workload;

import dev.weft.engine.inbound.KnownPorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Looks now and then for listening sockets that no module has reported, and tells the engine:
 * native transports accept without the JDK's classes, and what was bound before the agent started
 * was bound unseen.
 */
final class UnreportedSockets implements Runnable {

  private static final Logger log = Logger.getLogger(UnreportedSockets.class.getName());
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final KnownPorts ports;
  private final Predicate<InetSocketAddress> own;
  private final Set<InetSocketAddress> told = new HashSet<>();

  /**
   * @param own whether a socket is Weft's
   */
  UnreportedSockets(KnownPorts ports, Predicate<InetSocketAddress> own) {
    this.ports = ports;
    this.own = own;
  }

  /** Until the thread is interrupted, or the kernel can't be asked. */
  @Override
  public void run() {
    try {
      while (true) {
        // First of all, so that the application's start isn't slowed down.
        Thread.sleep(INTERVAL.toMillis());
        look();
      }
    } catch (InterruptedException e) {
      // That's the end of it.
    } catch (IOException | RuntimeException e) {
      log.log(Level.WARNING, "can't look for listening sockets that native code opened", e);
    }
  }

  void look() throws IOException {
    Set<InetSocketAddress> found =
        ListeningSockets.ofProcess(address -> !own.test(address) && !ports.isReported(address));
    ports.found(found);
    for (InetSocketAddress address : found) {
      if (told.add(address)) {
        log.warning(
            "something listens on "
                + address
                + " that no module has seen (native code, or bound before Weft was started): it"
                + " isn't guarded, and STRICT can't be enforced there");
      }
    }
  }
}
