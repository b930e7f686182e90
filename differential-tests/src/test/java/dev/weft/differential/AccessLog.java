package dev.weft.differential;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reads a file of JSON lines while it is written. */
final class AccessLog {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<String, AccessLogLine> lines = new HashMap<>();
  private long read;

  AccessLog(Path file) {
    this.file = file;
  }

  /** The line of a request, when it is there. */
  synchronized AccessLogLine line(String caseId) {
    Await.until(
        "a line for " + caseId + " in " + file,
        PATIENCE,
        () -> {
          readOn();
          return lines.containsKey(caseId);
        });
    AccessLogLine line = lines.get(caseId);
    if (line == null) {
      throw new IllegalStateException(caseId);
    }
    return line;
  }

  private void readOn() throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(read);
      byte[] bytes = new byte[(int) (in.length() - read)];
      in.readFully(bytes);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int end = text.lastIndexOf('\n') + 1;
      read += end;
      for (String line : text.substring(0, end).lines().toList()) {
        AccessLogLine parsed = JSON.readValue(line, AccessLogLine.class);
        lines.put(parsed.id(), parsed);
      }
    }
  }
}
