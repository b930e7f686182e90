package dev.weft.engine.orca;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** An OrcaLoadReport in protobuf's encoding, in base 64. */
final class BinaryReport {

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private final Map<String, Double> metrics = new HashMap<>();

  private BinaryReport() {}

  /**
   * @throws IllegalArgumentException if it can't be decoded
   */
  static Map<String, Double> read(String base64) {
    BinaryReport report = new BinaryReport();
    try {
      report.message(buffer(Base64.getDecoder().decode(base64.strip())));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a report that is cut off", e);
    }
    return report.metrics;
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void message(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = varint(in);
      int type = (int) (tag & 7);
      switch ((int) (tag >>> 3)) {
        case 1 -> put(LoadReport.CPU_UTILIZATION, in, type);
        case 2 -> put(LoadReport.MEM_UTILIZATION, in, type);
        case 4 -> entry(LoadReport.REQUEST_COST, in, type);
        case 5 -> entry(LoadReport.UTILIZATION, in, type);
        case 6 -> put(LoadReport.RPS, in, type);
        case 7 -> put(LoadReport.EPS, in, type);
        case 8 -> entry(LoadReport.NAMED_METRICS, in, type);
        case 9 -> put(LoadReport.APPLICATION_UTILIZATION, in, type);
        default -> skip(in, type);
      }
    }
  }

  private void put(String name, ByteBuffer in, int type) {
    require(type == FIXED_64);
    metrics.put(name, in.getDouble());
  }

  private void entry(String map, ByteBuffer in, int type) {
    require(type == LENGTH_DELIMITED);
    ByteBuffer entry = buffer(bytes(in));
    String key = "";
    double value = 0;
    while (entry.hasRemaining()) {
      long tag = varint(entry);
      if (tag == (1 << 3 | LENGTH_DELIMITED)) {
        key = new String(bytes(entry), StandardCharsets.UTF_8);
      } else if (tag == (2 << 3 | FIXED_64)) {
        value = entry.getDouble();
      } else {
        skip(entry, (int) (tag & 7));
      }
    }
    metrics.put(map + "." + key, value);
  }

  private static byte[] bytes(ByteBuffer in) {
    long length = varint(in);
    require(length >= 0 && length <= in.remaining());
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number without an end");
  }

  private static void skip(ByteBuffer in, int type) {
    switch (type) {
      case VARINT -> varint(in);
      case FIXED_64 -> in.getLong();
      case LENGTH_DELIMITED -> bytes(in);
      case FIXED_32 -> in.getInt();
      default -> require(false);
    }
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("not an OrcaLoadReport");
    }
  }
}
