package dev.weft.engine.inbound;

import dev.weft.engine.spi.MeshTls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Tells from a connection's first bytes what it is, as Envoy's TLS inspector does. A ClientHello
 * may arrive in any number of pieces and in several TLS records.
 */
public enum FirstBytes {
  /** Not yet clear; more bytes are needed. */
  INCOMPLETE,
  /** Anything but TLS. */
  PLAINTEXT,
  /** A ClientHello that offers one of {@link MeshTls#MESH_PROTOCOLS}. */
  MESH_TLS,
  /** Another ClientHello: the application's own TLS. */
  OTHER_TLS;

  /** Bytes after which a ClientHello that is still incomplete is taken for {@link #OTHER_TLS}. */
  public static final int LIMIT = 32 * 1024;

  private static final int HANDSHAKE = 0x16;
  private static final int CLIENT_HELLO = 1;
  private static final int ALPN = 16;

  /**
   * @param bytes the first bytes received, between position and limit; not changed
   */
  public static FirstBytes of(ByteBuffer bytes) {
    int start = bytes.position();
    int length = bytes.remaining();
    if (length == 0) {
      return INCOMPLETE;
    }
    if (bytes.get(start) != HANDSHAKE) {
      return PLAINTEXT;
    }
    if (length >= 2 && bytes.get(start + 1) != 3) {
      return PLAINTEXT;
    }
    try {
      FirstBytes found = new Hello(bytes).classify();
      return found == INCOMPLETE && length > LIMIT ? OTHER_TLS : found;
    } catch (Malformed e) {
      return OTHER_TLS;
    }
  }

  /** Reads handshake bytes across record boundaries. */
  private static final class Hello {

    private final ByteBuffer records;
    private final byte[] handshake;
    private final int available;

    /** A record of another kind follows, e.g. early data: the handshake bytes end here. */
    private final boolean over;

    Hello(ByteBuffer bytes) throws Malformed {
      records = bytes.duplicate();
      handshake = new byte[records.remaining()];
      int copied = 0;
      boolean other = false;
      while (!other && records.remaining() >= 5) {
        int type = records.get();
        records.getShort();
        int recordLength = records.getShort() & 0xffff;
        if (type != HANDSHAKE) {
          other = true;
          continue;
        }
        if (recordLength == 0) {
          throw new Malformed();
        }
        int take = Math.min(recordLength, records.remaining());
        records.get(handshake, copied, take);
        copied += take;
      }
      available = copied;
      over = other;
    }

    FirstBytes classify() throws Malformed {
      if (available < 4) {
        return moreNeeded();
      }
      if (handshake[0] != CLIENT_HELLO) {
        throw new Malformed();
      }
      int end = 4 + (unsigned(1) << 16 | unsigned(2) << 8 | unsigned(3));
      if (end > LIMIT) {
        throw new Malformed();
      }
      if (available < end) {
        return moreNeeded();
      }
      int at = 4 + 2 + 32; // handshake header, version, random
      at = skip(at, 1, end); // session id
      at = skip(at, 2, end); // cipher suites
      at = skip(at, 1, end); // compression methods
      if (at == end) {
        return OTHER_TLS;
      }
      at += 2; // length of all extensions, which end where the message does
      while (at + 4 <= end) {
        int type = unsigned16(at);
        int next = skip(at + 2, 2, end);
        if (type == ALPN) {
          return offersMesh(at + 6, next) ? MESH_TLS : OTHER_TLS;
        }
        at = next;
      }
      return OTHER_TLS;
    }

    private FirstBytes moreNeeded() throws Malformed {
      if (over) {
        throw new Malformed();
      }
      return INCOMPLETE;
    }

    private boolean offersMesh(int at, int end) throws Malformed {
      while (at < end) {
        int next = skip(at, 1, end);
        String name = new String(handshake, at + 1, next - at - 1, StandardCharsets.US_ASCII);
        if (MeshTls.MESH_PROTOCOLS.contains(name)) {
          return true;
        }
        at = next;
      }
      return false;
    }

    /** The position after a vector whose length takes {@code lengthBytes}. */
    private int skip(int at, int lengthBytes, int end) throws Malformed {
      if (at + lengthBytes > end) {
        throw new Malformed();
      }
      int length = lengthBytes == 1 ? unsigned(at) : unsigned16(at);
      int next = at + lengthBytes + length;
      if (next > end) {
        throw new Malformed();
      }
      return next;
    }

    private int unsigned(int at) {
      return handshake[at] & 0xff;
    }

    private int unsigned16(int at) {
      return unsigned(at) << 8 | unsigned(at + 1);
    }
  }

  /** Not a ClientHello after all, though it begins like one. */
  private static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed() {
      super(null, null, false, false);
    }
  }
}
