package dev.weft.workload.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The chunked transfer coding (RFC 9112 §7.1): each write is a chunk, {@link #end} is the last one.
 * Without it the reader knows that something is missing.
 */
final class Chunks extends OutputStream {

  private static final byte[] LINE_END = {'\r', '\n'};

  private final OutputStream out;

  Chunks(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > 0) {
      chunk(bytes, offset, length);
    }
  }

  void end() throws IOException {
    chunk(LINE_END, 0, 0);
  }

  private void chunk(byte[] bytes, int offset, int length) throws IOException {
    out.write(Integer.toHexString(length).getBytes(StandardCharsets.US_ASCII));
    out.write(LINE_END);
    out.write(bytes, offset, length);
    out.write(LINE_END);
  }
}
