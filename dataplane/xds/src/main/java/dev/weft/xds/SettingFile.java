package dev.weft.xds;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that a setting names, and what is wrong with it in the words of whoever set it: {@code
 * WEFT_TOKEN_FILE=/x: no such file}.
 *
 * @param setting the variable's name
 */
public record SettingFile(String setting, Path path) {

  /**
   * The content as it is now.
   *
   * @throws IOException with a message that needs no trace
   */
  public byte[] read() throws IOException {
    byte[] content;
    try {
      content = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw unusable("no such file", e);
    } catch (AccessDeniedException e) {
      throw unusable("permission denied", e);
    } catch (IOException e) {
      throw unusable(
          Files.isDirectory(path) ? "is a directory" : "can't be read: " + e.getMessage(), e);
    }
    if (content.length == 0) {
      throw unusable("is empty", null);
    }
    return content;
  }

  /**
   * @param problem what is wrong with the file
   */
  public IOException unusable(String problem, @Nullable Throwable cause) {
    return new IOException(setting + "=" + path + ": " + problem, cause);
  }
}
