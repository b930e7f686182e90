package dev.weft.smoke;

import dev.weft.demo.process.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** All that goes over the loopback interface from or to one port, by tcpdump. */
final class PacketCapture implements AutoCloseable {

  private final Process tcpdump;
  private final Path file;
  private final Path log;

  private PacketCapture(Process tcpdump, Path file, Path log) {
    this.tcpdump = tcpdump;
    this.file = file;
    this.log = log;
  }

  /**
   * Begins to capture.
   *
   * @param directory for the capture; the file is kept
   */
  static PacketCapture start(int port, Path directory, String name) throws IOException {
    Path file = directory.resolve(name + ".pcap");
    Path log = directory.resolve(name + ".tcpdump.log");
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
    PacketCapture capture = new PacketCapture(tcpdump, file, log);
    Await.until(
        "tcpdump listens",
        Duration.ofSeconds(20),
        () -> {
          if (!tcpdump.isAlive()) {
            throw new IllegalStateException("tcpdump: " + Files.readString(log));
          }
          return Files.readString(log).contains("listening on");
        });
    return capture;
  }

  /**
   * @return all that was captured so far, one character for each byte, packet heads included
   */
  String bytes() throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  /** Ends it; {@link #bytes()} then holds all that went by. */
  @Override
  public void close() throws IOException {
    tcpdump.destroy();
    try {
      if (!tcpdump.waitFor(10, TimeUnit.SECONDS)) {
        tcpdump.destroyForcibly();
        throw new IOException("tcpdump didn't end: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      tcpdump.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
