package dev.weft.differential.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The head of a message.
 *
 * @param first the request line or the status line
 */
public record Head(String first, List<Field> fields) {

  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  public Head {
    fields = List.copyOf(fields);
  }

  /**
   * @return null if the connection ended before the first byte
   */
  public static @Nullable Head read(InputStream in) throws IOException {
    String first = line(in);
    if (first == null) {
      return null;
    }
    List<Field> fields = new ArrayList<>();
    while (true) {
      String line = line(in);
      if (line == null) {
        throw new EOFException("within a head");
      }
      if (line.isEmpty()) {
        return new Head(first, fields);
      }
      int colon = line.indexOf(':');
      fields.add(
          new Field(
              line.substring(0, colon).toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip()));
    }
  }

  /** The word of the first line, from 0. */
  public String word(int index) {
    return first.split(" ", 3)[index];
  }

  /** Of a response. */
  public int status() {
    return Integer.parseInt(word(1));
  }

  /** All values of a header, joined by commas; null if it is absent. */
  public @Nullable String field(String name) {
    List<String> values =
        fields.stream().filter(f -> f.name().equals(name)).map(Field::value).toList();
    return values.isEmpty() ? null : String.join(",", values);
  }

  /** The body that follows. */
  public byte[] readBody(InputStream in, boolean ofRequest) throws IOException {
    if (!ofRequest && (status() == NO_CONTENT || status() == NOT_MODIFIED)) {
      return new byte[0];
    }
    String length = field("content-length");
    if (length != null) {
      byte[] body = in.readNBytes(Integer.parseInt(length));
      if (body.length < Integer.parseInt(length)) {
        throw new EOFException("within a body");
      }
      return body;
    }
    if ("chunked".equals(field("transfer-encoding"))) {
      return Chunked.read(in);
    }
    return ofRequest ? new byte[0] : in.readAllBytes();
  }

  /** As on the wire, with the empty line that ends it. */
  public byte[] encoded() {
    String lines =
        fields.stream()
            .map(f -> f.name() + ": " + f.value() + "\r\n")
            .collect(Collectors.joining());
    return (first + "\r\n" + lines + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = in.read();
      if (c < 0) {
        if (line.isEmpty()) {
          return null;
        }
        throw new EOFException("within a line");
      }
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
  }
}
