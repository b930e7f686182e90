package dev.weft.smoke;

import dev.weft.demo.process.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** All that goes over the loopback interface from or to one port, by tcpdump. */
final class PacketCapture {

  private PacketCapture() {}

  /**
   * Captures while something is done.
   *
   * @param file for the capture; it is kept
   * @return all that went by, one character for each byte, packet heads included
   */
  static String during(Action action, int port, Path file) throws Exception {
    Path log = file.resolveSibling(file.getFileName() + ".log");
    Process tcpdump =
        new ProcessBuilder(
                OutsideTool.require("tcpdump"),
                // As it arrives, whole packets, without dropping privileges we may need to write.
                "--immediate-mode",
                "-U",
                "-s",
                "0",
                "-Z",
                System.getProperty("user.name"),
                "-i",
                "lo",
                "-w",
                file.toString(),
                "tcp port " + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Await.until(
          "tcpdump listens",
          Duration.ofSeconds(20),
          () -> {
            if (!tcpdump.isAlive()) {
              throw new Await.Hopeless("tcpdump: " + Files.readString(log));
            }
            return Files.readString(log).contains("listening on");
          });
      action.run();
      awaitAllWritten(file, port);
    } finally {
      tcpdump.destroy();
    }
    if (!tcpdump.waitFor(10, TimeUnit.SECONDS)) {
      tcpdump.destroyForcibly();
      throw new IOException("tcpdump didn't end: " + Files.readString(log));
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  /** Connects once more: packets are written in their order, so these come after all others. */
  private static void awaitAllWritten(Path file, int port) throws IOException {
    try (Socket last = new Socket(InetAddress.getLoopbackAddress(), port)) {
      // A TCP header begins with the two ports.
      byte[] ports =
          ByteBuffer.allocate(2 * Short.BYTES)
              .putShort((short) last.getLocalPort())
              .putShort((short) port)
              .array();
      String head = new String(ports, StandardCharsets.ISO_8859_1);
      Await.until(
          "tcpdump has written all",
          ShopMesh.SOON,
          () -> Files.readString(file, StandardCharsets.ISO_8859_1).contains(head));
    }
  }
}
