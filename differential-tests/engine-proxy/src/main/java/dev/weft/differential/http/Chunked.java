package dev.weft.differential.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads the chunked transfer coding (RFC 9112 §7.1), trailers left out. */
final class Chunked {

  private static final int HEXADECIMAL = 16;

  private Chunked() {}

  static byte[] read(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in), HEXADECIMAL);
      body.write(in.readNBytes(size));
      if (size == 0) {
        while (!line(in).isEmpty()) {}
        return body.toByteArray();
      }
      line(in);
    }
  }

  private static String line(InputStream in) throws IOException {
    String line = Head.line(in);
    if (line == null) {
      throw new EOFException("within chunks");
    }
    return line;
  }
}
