package dev.weft.xds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Proves who the workload is. Asked anew for each stream and call, since tokens are replaced. */
@FunctionalInterface
public interface TokenSource {

  /** No proof at all. */
  TokenSource NONE = () -> null;

  /**
   * @return a bearer token; null to send none
   */
  @Nullable String token() throws IOException;

  /** The file's content, without surrounding blanks. */
  static TokenSource file(Path file) {
    return () -> Files.readString(file).strip();
  }
}
