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

  /** A module reports a socket a moment after it is there to be found. */
  private static final Duration BENEFIT_OF_THE_DOUBT = Duration.ofSeconds(1);

  private final KnownPorts ports;
  private final Predicate<InetSocketAddress> own;
  private final Set<InetSocketAddress> told = new HashSet<>();
  private Set<InetSocketAddress> found = Set.of();

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
      boolean certain = true;
      while (true) {
        // First of all, so that the application's start isn't slowed down.
        Thread.sleep((certain ? INTERVAL : BENEFIT_OF_THE_DOUBT).toMillis());
        certain = look();
      }
    } catch (InterruptedException e) {
      // That's the end of it.
    } catch (IOException | RuntimeException e) {
      log.log(Level.WARNING, "can't look for listening sockets that native code opened", e);
    }
  }

  /**
   * Tells of those that were found the last time too.
   *
   * @return false if there are others
   */
  boolean look() throws IOException {
    Set<InetSocketAddress> foundBefore = found;
    found = ListeningSockets.ofProcess(address -> !own.test(address) && !ports.isReported(address));
    Set<InetSocketAddress> unreported = new HashSet<>(found);
    unreported.retainAll(foundBefore);
    ports.found(unreported);
    for (InetSocketAddress address : unreported) {
      if (told.add(address)) {
        log.warning(
            "something listens on "
                + address
                + " that no module has seen (native code, or bound before Weft was started): it"
                + " isn't guarded, and STRICT can't be enforced there");
      }
    }
    return unreported.size() == found.size();
  }
}
