package dev.weft.engine.outbound;

import dev.weft.engine.GrpcStatus;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.FormatString.Command;
import dev.weft.engine.format.FormatString.Part;
import dev.weft.engine.format.RequestTarget;
import dev.weft.engine.format.TimeFormat;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What command operators stand for in the headers of outbound calls. As in Envoy, one without a
 * value is empty there, not "-". The caller is this workload itself: there is no connection by
 * which its requests come.
 */
final class HeaderOperators {

  /** Made anew for each call. */
  @FunctionalInterface
  interface Text {

    /**
     * @return null if there is none
     */
    @Nullable String of(CallFacts call);
  }

  private HeaderOperators() {}

  static Text text(FormatString format) {
    List<Text> parts = format.parts().stream().map(HeaderOperators::part).toList();
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return call -> {
      StringBuilder text = new StringBuilder();
      for (Text part : parts) {
        String value = part.of(call);
        text.append(value == null ? "" : value);
      }
      return text.toString();
    };
  }

  private static Text part(Part part) {
    if (part instanceof FormatString.Text text) {
      return call -> text.text();
    }
    Command command = (Command) part;
    Text whole = value(command);
    int longest = command.maxLength();
    return longest < 0
        ? whole
        : call -> {
          String value = whole.of(call);
          return value == null || value.length() <= longest ? value : value.substring(0, longest);
        };
  }

  private static Text value(Command command) {
    String argument = command.argument();
    return switch (command.operator()) {
      case "START_TIME", "EMIT_TIME" -> time(TimeFormat.utc(argument));
      case "START_TIME_LOCAL", "EMIT_TIME_LOCAL" -> time(TimeFormat.local(argument));
      case "REQ" -> first(command, name -> request(name, false));
      case "REQ_WITHOUT_QUERY" -> first(command, name -> request(name, true));
      case "RESP" -> first(command, HeaderOperators::response);
      case "PATH" ->
          "NQ".equals(argument) ? call -> RequestTarget.withoutQuery(call.path()) : CallFacts::path;
      case "QUERY_PARAM" -> call -> RequestTarget.parameter(call.path(), String.valueOf(argument));
      // What the application's library begins to speak; as yet nothing was sent.
      case "PROTOCOL" ->
          call -> GrpcStatus.isGrpc(call.request.header("content-type")) ? "HTTP/2" : "HTTP/1.1";
      case "STREAM_ID" -> request("x-request-id", false);
      case "ROUTE_NAME" -> call -> call.route;
      case "UPSTREAM_CLUSTER", "UPSTREAM_CLUSTER_RAW" -> call -> call.cluster;
      case "DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" ->
          call -> call.address.isEmpty() ? null : bracketed(call.address) + ":0";
      case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" ->
          call -> call.address;
      case "DOWNSTREAM_REMOTE_PORT", "DOWNSTREAM_DIRECT_REMOTE_PORT" ->
          call -> call.address.isEmpty() ? null : "0";
      // Envoy: an answer of its own has none yet when its headers are made.
      case "RESPONSE_CODE" -> call -> call.attempt == null ? "0" : Integer.toString(call.status);
      case "RESPONSE_FLAGS" -> call -> call.flags.code();
      case "RESPONSE_FLAGS_LONG" -> call -> call.flags.longNames();
      case "RESPONSE_DURATION" ->
          call ->
              call.attempt == null
                  ? null
                  : Long.toString(TimeUnit.NANOSECONDS.toMillis(call.headNanos - call.startNanos));
      case "GRPC_STATUS_NUMBER" -> response("grpc-status");
      case "UPSTREAM_REQUEST_ATTEMPT_COUNT" ->
          call -> call.attempt == null ? "0" : Integer.toString(call.attempt.number());
      case "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS" ->
          upstream(address -> bracketed(host(address)) + ":" + address.getPort());
      case "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" -> upstream(HeaderOperators::host);
      case "UPSTREAM_REMOTE_PORT" -> upstream(address -> Integer.toString(address.getPort()));
      case "UPSTREAM_PEER_URI_SAN" -> call -> call.peerId;
      case "HOSTNAME" -> hostname();
      default -> call -> null;
    };
  }

  private static Text time(TimeFormat format) {
    return call -> format.of(call.startMillis);
  }

  private interface Named {
    Text of(String name);
  }

  /** Of the headers that an argument {@code FIRST?SECOND} names, the first that is there. */
  private static Text first(Command command, Named named) {
    List<Text> alternatives =
        command.alternatives().stream()
            .map(name -> named.of(name.toLowerCase(Locale.ROOT)))
            .toList();
    return call -> {
      for (Text alternative : alternatives) {
        String value = alternative.of(call);
        if (value != null) {
          return value;
        }
      }
      return null;
    };
  }

  private static Text request(String name, boolean withoutQuery) {
    Text whole =
        switch (name) {
          case ":method" -> call -> call.request.method();
          case ":path" -> CallFacts::path;
          case ":authority", "host" -> CallFacts::authority;
          case ":scheme" -> call -> call.request.scheme();
          default -> call -> call.sent.header(name);
        };
    return withoutQuery
        ? call -> {
          String value = whole.of(call);
          return value == null ? null : RequestTarget.withoutQuery(value);
        }
        : whole;
  }

  private static Text response(String name) {
    return name.equals(":status")
        ? call -> call.status == 0 ? null : Integer.toString(call.status)
        : call -> call.received.header(name);
  }

  private interface OfAddress {
    String of(InetSocketAddress address);
  }

  private static Text upstream(OfAddress of) {
    return call -> call.attempt == null ? null : of.of(call.attempt.endpoint().address());
  }

  private static String host(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    return ip == null ? address.getHostString() : ip.getHostAddress();
  }

  private static String bracketed(String host) {
    return host.indexOf(':') < 0 ? host : "[" + host + "]";
  }

  /** Constant; what can't stand in a header is none. */
  private static Text hostname() {
    String value = System.getenv("HOSTNAME");
    String text =
        value == null || value.chars().anyMatch(Character::isISOControl) ? null : value.strip();
    return call -> text;
  }
}
