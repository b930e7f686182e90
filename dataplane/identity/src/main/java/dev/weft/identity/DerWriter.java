package dev.weft.identity;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** ASN.1 values in DER (X.690), as many of them as a certificate request needs. */
final class DerWriter {

  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int CONTEXT = 0x80;
  private static final int CONSTRUCTED = 0x20;

  private DerWriter() {}

  static byte[] sequence(byte[]... values) {
    return value(SEQUENCE, values);
  }

  /** Of one value; several would have to be sorted. */
  static byte[] setOf(byte[] value) {
    return value(SET, value);
  }

  /** {@code [tag] IMPLICIT}, of a constructed type. */
  static byte[] constructed(int tag, byte[]... values) {
    return value(CONTEXT | CONSTRUCTED | tag, values);
  }

  /** {@code [tag] IMPLICIT IA5String}. */
  static byte[] asciiString(int tag, String text) {
    return value(CONTEXT | tag, text.getBytes(StandardCharsets.US_ASCII));
  }

  static byte[] bool(boolean value) {
    return value(BOOLEAN, new byte[] {(byte) (value ? 0xff : 0)});
  }

  /**
   * @param value 0 to 127
   */
  static byte[] smallInteger(int value) {
    return value(INTEGER, new byte[] {(byte) value});
  }

  /** Of whole bytes. */
  static byte[] bitString(byte[] bytes) {
    return value(BIT_STRING, new byte[] {0}, bytes);
  }

  static byte[] octetString(byte[] bytes) {
    return value(OCTET_STRING, bytes);
  }

  static byte[] objectIdentifier(int... arcs) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(arcs[0] * 40 + arcs[1]);
    for (int i = 2; i < arcs.length; i++) {
      writeBase128(body, arcs[i]);
    }
    return value(OBJECT_IDENTIFIER, body.toByteArray());
  }

  private static void writeBase128(ByteArrayOutputStream out, int arc) {
    int shift = 0;
    while (arc >>> (shift + 7) != 0) {
      shift += 7;
    }
    for (; shift > 0; shift -= 7) {
      out.write(0x80 | ((arc >>> shift) & 0x7f));
    }
    out.write(arc & 0x7f);
  }

  private static byte[] value(int tag, byte[]... contents) {
    int length = 0;
    for (byte[] content : contents) {
      length += content.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    writeLength(out, length);
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }

  private static void writeLength(ByteArrayOutputStream out, int length) {
    if (length < 0x80) {
      out.write(length);
      return;
    }
    int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
    out.write(0x80 | bytes);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.write(length >>> shift);
    }
  }
}
