package dev.weft.telemetry.accesslog;

import static dev.weft.telemetry.accesslog.ProtoWriter.message;
import static dev.weft.telemetry.accesslog.ProtoWriter.text;
import static dev.weft.telemetry.accesslog.ProtoWriter.time;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.weft.engine.model.AccessLogPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Entries as Envoy's HTTPAccessLogEntry (envoy/data/accesslog/v3/accesslog.proto), written field by
 * field: the agent has none of its classes.
 */
final class AlsEntry {

  /** Of core.v3.RequestMethod, by number. */
  private static final List<String> METHODS =
      List.of("", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  /** Of HTTPVersion, by number. */
  private static final List<String> PROTOCOLS = List.of("", "HTTP/1.0", "HTTP/1.1", "HTTP/2");

  /** The only one of ResponseFlags' fields that is no boolean. */
  private static final int UNAUTHORIZED_DETAILS = 13;

  private static final int EXTERNAL_SERVICE = 1;

  private final AccessLogPolicy.Als log;
  private final Map<String, Values.Value> requestHeaders = new LinkedHashMap<>();

  AlsEntry(AccessLogPolicy.Als log, Values values) {
    this.log = log;
    log.requestHeaders().forEach(name -> requestHeaders.put(name, values.requestHeader(name)));
    values.request.addAll(
        List.of("user-agent", "referer", "x-forwarded-for", "x-envoy-original-path"));
    values.response.addAll(log.responseHeaders());
    values.trailers.addAll(log.responseTrailers());
  }

  /** A StreamAccessLogsMessage, its identifier's node being this workload. */
  static ByteString stream(
      String nodeId, String service, String logName, List<ByteString> entries) {
    ByteString node =
        message(
            out -> {
              text(out, 1, nodeId);
              text(out, 2, service);
            });
    ByteString identifier =
        message(
            out -> {
              out.writeBytes(1, node);
              text(out, 2, logName);
            });
    ByteString httpLogs =
        message(
            out -> {
              for (ByteString entry : entries) {
                out.writeBytes(1, entry);
              }
            });
    return message(
        out -> {
          out.writeBytes(1, identifier);
          out.writeBytes(2, httpLogs);
        });
  }

  ByteString encode(LogEntry entry) {
    return message(
        out -> {
          out.writeBytes(1, message(common -> common(common, entry)));
          int protocol = PROTOCOLS.indexOf(entry.protocol == null ? "" : entry.protocol);
          if (protocol > 0) {
            out.writeEnum(2, protocol);
          }
          out.writeBytes(3, message(request -> request(request, entry)));
          out.writeBytes(4, message(response -> response(response, entry)));
        });
  }

  private static void common(CodedOutputStream out, LogEntry entry) throws IOException {
    address(out, 2, entry.remote);
    address(out, 3, entry.local);
    if (entry.inbound && entry.peer != null) {
      out.writeBytes(4, message(tls -> tls(tls, entry)));
    }
    out.writeBytes(5, time(TimeUnit.MILLISECONDS.toNanos(entry.startMillis)));
    if (entry.headNanos() >= 0) {
      out.writeBytes(9, time(entry.headNanos()));
    }
    address(out, 13, entry.upstream);
    text(out, 15, entry.cluster);
    out.writeBytes(16, message(flags -> flags(flags, entry)));
    text(out, 18, entry.transportFailure);
    text(out, 19, entry.route);
    address(out, 20, entry.remote);
    out.writeBytes(23, time(entry.durationNanos()));
    if (entry.attempts > 0) {
      out.writeUInt32(24, entry.attempts);
    }
    text(out, 25, entry.terminationDetails);
  }

  /** TLSProperties, as far as they are known. */
  private static void tls(CodedOutputStream out, LogEntry entry) throws IOException {
    text(out, 3, entry.serverName);
    certificate(out, 4, entry.own);
    certificate(out, 5, entry.peer);
  }

  private static void certificate(CodedOutputStream out, int field, @Nullable String uri)
      throws IOException {
    if (uri != null) {
      ByteString name = message(san -> san.writeString(1, uri));
      out.writeBytes(field, message(properties -> properties.writeBytes(1, name)));
    }
  }

  /** ResponseFlags' fields are numbered in the order that Envoy's attribute has the flags in. */
  private static void flags(CodedOutputStream out, LogEntry entry) throws IOException {
    int field = 1;
    for (long flags = entry.flags.attribute(); flags != 0; flags >>>= 1, field++) {
      if ((flags & 1) == 1 && field == UNAUTHORIZED_DETAILS) {
        out.writeBytes(field, message(reason -> reason.writeEnum(1, EXTERNAL_SERVICE)));
      } else if ((flags & 1) == 1) {
        out.writeBool(field, true);
      }
    }
  }

  private void request(CodedOutputStream out, LogEntry entry) throws IOException {
    int method = METHODS.indexOf(entry.method);
    if (method > 0) {
      out.writeEnum(1, method);
    }
    text(out, 2, "http");
    text(out, 3, entry.authority);
    text(out, 5, entry.path);
    text(out, 6, entry.requestHeader("user-agent"));
    text(out, 7, entry.requestHeader("referer"));
    text(out, 8, entry.requestHeader("x-forwarded-for"));
    text(out, 9, entry.requestId);
    text(out, 10, entry.requestHeader("x-envoy-original-path"));
    length(out, 12, entry.bytesReceived);
    for (Map.Entry<String, Values.Value> header : requestHeaders.entrySet()) {
      Object value = header.getValue().of(entry);
      pair(out, 13, header.getKey(), value == null ? null : value.toString());
    }
  }

  private void response(CodedOutputStream out, LogEntry entry) throws IOException {
    if (entry.status != 0) {
      out.writeBytes(1, message(code -> code.writeUInt32(1, entry.status)));
    }
    length(out, 3, entry.bytesSent);
    for (String name : log.responseHeaders()) {
      pair(out, 4, name, entry.responseHeader(name));
    }
    for (String name : log.responseTrailers()) {
      pair(out, 5, name, entry.responseTrailer(name));
    }
    text(out, 6, entry.details);
  }

  /** A map's entry; none without a value. */
  private static void pair(CodedOutputStream out, int field, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      out.writeBytes(
          field,
          message(
              pair -> {
                pair.writeString(1, name);
                pair.writeString(2, value);
              }));
    }
  }

  private static void length(CodedOutputStream out, int field, long bytes) throws IOException {
    if (bytes > 0) {
      out.writeUInt64(field, bytes);
    }
  }

  private static void address(CodedOutputStream out, int field, @Nullable InetSocketAddress address)
      throws IOException {
    if (address != null) {
      ByteString socket =
          message(
              at -> {
                text(at, 2, Addresses.host(address));
                at.writeUInt32(3, address.getPort());
              });
      out.writeBytes(field, message(any -> any.writeBytes(1, socket)));
    }
  }
}
