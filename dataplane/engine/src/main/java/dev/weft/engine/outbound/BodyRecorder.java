package dev.weft.engine.outbound;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts a body together, and hands it on if it is whole and no longer than the limit. */
final class BodyRecorder implements ResponseRecorder {

  private final long length;
  private final int limit;
  private final Consumer<byte[]> whole;

  /** Null: over. */
  private @Nullable ByteArrayOutputStream body;

  /**
   * @param length as announced; -1: unknown
   */
  BodyRecorder(long length, int limit, Consumer<byte[]> whole) {
    this.length = length;
    this.limit = limit;
    this.whole = whole;
    body = length < 0 ? new ByteArrayOutputStream() : new ByteArrayOutputStream((int) length);
    if (length == 0) {
      end();
    }
  }

  @Override
  public void write(ByteBuffer part) {
    ByteArrayOutputStream written = body;
    if (written == null) {
      return;
    }
    long size = (long) written.size() + part.remaining();
    if (size > limit || (length >= 0 && size > length)) {
      body = null;
      return;
    }
    byte[] bytes = new byte[part.remaining()];
    part.duplicate().get(bytes);
    written.writeBytes(bytes);
    // Whoever knows the length may not read on to the end.
    if (size == length) {
      end();
    }
  }

  @Override
  public void end() {
    ByteArrayOutputStream written = body;
    body = null;
    if (written != null && (length < 0 || written.size() == length)) {
      whole.accept(written.toByteArray());
    }
  }

  @Override
  public void giveUp() {
    body = null;
  }
}
