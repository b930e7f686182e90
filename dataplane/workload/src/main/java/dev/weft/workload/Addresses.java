package dev.weft.workload;

import dev.weft.workload.WorkloadSettings.HostAndPort;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Where and which one this process is. */
final class Addresses {

  private Addresses() {}

  /**
   * This machine's address as its peers see it, taken from the route to the control server: to the
   * first of its addresses to which there is one.
   */
  static InetAddress towards(List<HostAndPort> control) throws IOException {
    IOException failure = null;
    for (HostAndPort address : control) {
      try {
        return towards(address);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    throw failure == null ? new IOException("WEFT_CONTROL is empty") : failure;
  }

  private static InetAddress towards(HostAndPort control) throws IOException {
    InetSocketAddress server = new InetSocketAddress(control.host(), control.port());
    if (server.isUnresolved()) {
      throw new UnknownHostException("WEFT_CONTROL=" + control + ": no such host");
    }
    try (DatagramSocket socket = new DatagramSocket()) {
      // Connecting a datagram socket picks a route and sends nothing.
      socket.connect(server);
      return socket.getLocalAddress();
    } catch (SocketException e) {
      throw new IOException("WEFT_CONTROL=" + control + ": " + e.getMessage(), e);
    }
  }

  /** The same, or if the way to the control server isn't known, all addresses. */
  static InetAddress towardsIfKnown(List<HostAndPort> control) {
    try {
      return towards(control);
    } catch (IOException | RuntimeException e) {
      return new InetSocketAddress(0).getAddress();
    }
  }

  /** Unique for one run of one process; begins with the pod's name, where there is one. */
  static String instance(String service) {
    @Nullable String pod = System.getenv("HOSTNAME");
    return (pod == null || pod.isEmpty() ? service : pod)
        + "-"
        + ProcessHandle.current().pid()
        + "-"
        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
  }
}
