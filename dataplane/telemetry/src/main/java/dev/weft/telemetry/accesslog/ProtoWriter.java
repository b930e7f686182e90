package dev.weft.telemetry.accesslog;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes protobuf messages whose classes the agent doesn't have. */
final class ProtoWriter {

  /** Bytes: most messages are small, and each that is nested has a buffer of its own. */
  private static final int BUFFER = 128;

  private ProtoWriter() {}

  /** Writes a message's fields. */
  @FunctionalInterface
  interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  static ByteString message(Fields fields) {
    ByteString.Output bytes = ByteString.newOutput(BUFFER);
    CodedOutputStream out = CodedOutputStream.newInstance(bytes, BUFFER);
    try {
      fields.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't be written to", e);
    }
    return bytes.toByteString();
  }

  /** Nothing, if there is none. */
  static void text(CodedOutputStream out, int field, @Nullable String value) throws IOException {
    if (value != null && !value.isEmpty()) {
      out.writeString(field, value);
    }
  }

  /** A Timestamp, or a Duration. */
  static ByteString time(long nanos) {
    long second = TimeUnit.SECONDS.toNanos(1);
    return message(
        out -> {
          out.writeInt64(1, nanos / second);
          out.writeInt32(2, (int) (nanos % second));
        });
  }
}
