package dev.weft.controlserver.xds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One resource, encoded once and shared by every stream that sends it. Its version is a hash of its
 * bytes: equal resources have equal versions on every replica and across restarts, so a client that
 * reconnects is sent only what differs.
 */
public final class EncodedResource {
  /** 96 bits: no accidental collision in any mesh, and short enough to be read aloud. */
  private static final int VERSION_BYTES = 12;

  private final ResourceType type;
  private final Resource wire;

  private EncodedResource(ResourceType type, Resource wire) {
    this.type = type;
    this.wire = wire;
  }

  /** Encodes the message with map entries in a fixed order, so that the version is stable. */
  public static EncodedResource of(ResourceType type, String name, MessageLite message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    String version = HexFormat.of().formatHex(sha256(bytes), 0, VERSION_BYTES);
    return new EncodedResource(
        type,
        Resource.newBuilder()
            .setName(name)
            .setVersion(version)
            .setResource(
                Any.newBuilder().setTypeUrl(type.url()).setValue(ByteString.copyFrom(bytes)))
            .build());
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public ResourceType type() {
    return type;
  }

  public String name() {
    return wire.getName();
  }

  public String version() {
    return wire.getVersion();
  }

  Resource wire() {
    return wire;
  }

  @Override
  public String toString() {
    return type + " " + name() + "@" + version();
  }
}
