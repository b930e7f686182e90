package dev.weft.smoke;

import dev.weft.demo.process.Await;
import java.io.IOException;
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
              throw new IllegalStateException("tcpdump: " + Files.readString(log));
            }
            return Files.readString(log).contains("listening on");
          });
      action.run();
    } finally {
      tcpdump.destroy();
    }
    if (!tcpdump.waitFor(10, TimeUnit.SECONDS)) {
      tcpdump.destroyForcibly();
      throw new IOException("tcpdump didn't end: " + Files.readString(log));
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }
}
