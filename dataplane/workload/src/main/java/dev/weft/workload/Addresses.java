package dev.weft.workload;

import dev.weft.workload.WorkloadSettings.HostAndPort;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Where and which one this process is. */
final class Addresses {

  private Addresses() {}

  /** This machine's address as its peers see it, taken from the route to the control server. */
  static String towards(HostAndPort control) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      // Connecting a datagram socket picks a route and sends nothing.
      socket.connect(new InetSocketAddress(control.host(), control.port()));
      return socket.getLocalAddress().getHostAddress();
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
