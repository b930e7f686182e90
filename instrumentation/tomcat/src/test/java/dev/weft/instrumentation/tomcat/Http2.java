package dev.weft.instrumentation.tomcat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** As much of HTTP/2 as it takes to send a request and to see that the response has ended. */
final class Http2 {

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME_HEAD = 9;

  private Http2() {}

  /** On a new connection, known to speak HTTP/2; returns as soon as the response has ended. */
  static void get(Wire wire, String path) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    frame(out, SETTINGS, 0, 0, new byte[0]);
    frame(out, HEADERS, END_STREAM | END_HEADERS, 1, head(path));
    wire.write(bytes.toByteArray());
    while (true) {
      ByteBuffer head = ByteBuffer.wrap(wire.read(FRAME_HEAD));
      int length = head.getInt() >> 8;
      int type = head.get(3);
      int flags = head.get(4);
      wire.read(length);
      if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        return;
      }
    }
  }

  private static void frame(DataOutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.writeInt(payload.length << 8 | type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  /** By the static table of RFC 7541, the rest literally. */
  private static byte[] head(String path) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(0x82); // :method GET
    out.writeByte(0x86); // :scheme http
    literal(out, 1, "app"); // :authority
    literal(out, 4, path); // :path
    return bytes.toByteArray();
  }

  private static void literal(DataOutputStream out, int name, String value) throws IOException {
    byte[] text = value.getBytes(StandardCharsets.US_ASCII);
    out.writeByte(name);
    out.writeByte(text.length);
    out.write(text);
  }
}
