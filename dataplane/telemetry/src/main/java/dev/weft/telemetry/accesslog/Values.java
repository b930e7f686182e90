package dev.weft.telemetry.accesslog;

import dev.weft.engine.format.FormatString.Command;
import dev.weft.engine.format.RequestTarget;
import dev.weft.engine.format.TimeFormat;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What command operators stand for. Collects which headers they will need. */
final class Values {

  /** Makes an operator's value for one request: text, a {@code Long}, or null for none. */
  @FunctionalInterface
  interface Value {
    @Nullable Object of(LogEntry entry);
  }

  private static final List<String> GRPC_STATUS =
      List.of(
          "OK",
          "Canceled",
          "Unknown",
          "InvalidArgument",
          "DeadlineExceeded",
          "NotFound",
          "AlreadyExists",
          "PermissionDenied",
          "ResourceExhausted",
          "FailedPrecondition",
          "Aborted",
          "OutOfRange",
          "Unimplemented",
          "Internal",
          "Unavailable",
          "DataLoss",
          "Unauthenticated");

  private final UnaryOperator<@Nullable String> environment;
  final Set<String> request = new HashSet<>();
  final Set<String> response = new HashSet<>();
  final Set<String> trailers = new HashSet<>();

  Values(UnaryOperator<@Nullable String> environment) {
    this.environment = environment;
  }

  Value of(Command command) {
    Value value = whole(command);
    int longest = command.maxLength();
    if (longest < 0) {
      return value;
    }
    return entry ->
        value.of(entry) instanceof String text && text.length() > longest
            ? text.substring(0, longest)
            : value.of(entry);
  }

  private Value whole(Command command) {
    String argument = command.argument();
    return switch (command.operator()) {
      case "START_TIME" -> time(TimeFormat.utc(argument), false);
      case "START_TIME_LOCAL" -> time(TimeFormat.local(argument), false);
      case "EMIT_TIME" -> time(TimeFormat.utc(argument), true);
      case "EMIT_TIME_LOCAL" -> time(TimeFormat.local(argument), true);
      case "REQ" -> request(command, false);
      case "REQ_WITHOUT_QUERY" -> request(command, true);
      case "RESP" -> response(command);
      case "TRAILER" -> trailer(command);
      case "PATH" -> "NQ".equals(argument) ? LogEntry::pathWithoutQuery : entry -> entry.path;
      case "QUERY_PARAM" -> entry -> RequestTarget.parameter(entry.path, String.valueOf(argument));
      case "PROTOCOL" -> entry -> entry.protocol;
      case "RESPONSE_CODE" -> entry -> (long) entry.status;
      case "RESPONSE_CODE_DETAILS" -> entry -> entry.details.isEmpty() ? null : entry.details;
      case "RESPONSE_FLAGS" -> entry -> entry.flags.code();
      case "RESPONSE_FLAGS_LONG" -> entry -> entry.flags.longNames();
      case "CONNECTION_TERMINATION_DETAILS" -> entry -> entry.terminationDetails;
      case "UPSTREAM_TRANSPORT_FAILURE_REASON" -> entry -> entry.transportFailure;
      case "BYTES_RECEIVED" -> entry -> entry.bytesReceived < 0 ? null : entry.bytesReceived;
      case "BYTES_SENT" -> entry -> entry.bytesSent < 0 ? null : entry.bytesSent;
      case "DURATION" -> entry -> millis(entry.durationNanos());
      // The application has the request when its head is there.
      case "REQUEST_DURATION" -> entry -> 0L;
      case "RESPONSE_DURATION" -> entry -> millis(entry.headNanos());
      case "RESPONSE_TX_DURATION" ->
          entry -> entry.headNanos() < 0 ? null : millis(entry.durationNanos() - entry.headNanos());
      case "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS" -> entry -> Addresses.full(entry.upstream);
      case "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" -> entry -> Addresses.host(entry.upstream);
      case "UPSTREAM_REMOTE_PORT" -> entry -> Addresses.port(entry.upstream);
      case "UPSTREAM_CLUSTER", "UPSTREAM_CLUSTER_RAW" -> entry -> entry.cluster;
      case "UPSTREAM_PEER_URI_SAN" -> entry -> entry.inbound ? null : entry.peer;
      case "UPSTREAM_LOCAL_URI_SAN" -> entry -> entry.inbound ? null : entry.own;
      case "UPSTREAM_REQUEST_ATTEMPT_COUNT" -> entry -> (long) entry.attempts;
      case "DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS" ->
          entry -> Addresses.full(entry.remote);
      case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" ->
          entry -> Addresses.host(entry.remote);
      case "DOWNSTREAM_REMOTE_PORT", "DOWNSTREAM_DIRECT_REMOTE_PORT" ->
          entry -> Addresses.port(entry.remote);
      case "DOWNSTREAM_LOCAL_ADDRESS" -> entry -> Addresses.full(entry.local);
      case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" -> entry -> Addresses.host(entry.local);
      case "DOWNSTREAM_LOCAL_PORT" -> entry -> Addresses.port(entry.local);
      case "DOWNSTREAM_PEER_URI_SAN" -> entry -> entry.inbound ? entry.peer : null;
      case "DOWNSTREAM_LOCAL_URI_SAN" -> entry -> entry.inbound ? entry.own : null;
      case "REQUESTED_SERVER_NAME" -> entry -> entry.serverName;
      case "ROUTE_NAME" -> entry -> entry.route;
      case "GRPC_STATUS" -> Values::grpcStatus;
      case "GRPC_STATUS_NUMBER" ->
          entry ->
              entry.grpcStatus == null || entry.grpcStatus.isEmpty()
                  ? null
                  : (Object) Long.valueOf(entry.grpcStatus);
      case "TRACE_ID" -> entry -> entry.traceId;
      case "SPAN_ID" -> entry -> entry.spanId;
      case "STREAM_ID" -> entry -> entry.requestId;
      case "HOSTNAME" -> constant(environment.apply("HOSTNAME"));
      case "ENVIRONMENT" -> constant(environment.apply(String.valueOf(argument)));
      case "ACCESS_LOG_TYPE" -> constant("DownstreamEnd");
      default -> constant(null);
    };
  }

  private static Value constant(@Nullable String value) {
    return entry -> value;
  }

  private static Value time(TimeFormat format, boolean end) {
    return entry ->
        format.of(
            entry.startMillis + (end ? TimeUnit.NANOSECONDS.toMillis(entry.durationNanos()) : 0));
  }

  private static @Nullable Long millis(long nanos) {
    return nanos < 0 ? null : (Long) TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private static @Nullable String grpcStatus(LogEntry entry) {
    return entry.grpcStatus == null || entry.grpcStatus.isEmpty()
        ? null
        : GRPC_STATUS.get(Integer.parseInt(entry.grpcStatus));
  }

  private Value request(Command command, boolean withoutQuery) {
    Value result = null;
    for (String alternative : command.alternatives()) {
      String name = alternative.toLowerCase(Locale.ROOT);
      Value value =
          withoutQuery && name.equals(":path") ? LogEntry::pathWithoutQuery : requestHeader(name);
      result = result == null ? value : or(result, value);
    }
    return result == null ? constant(null) : result;
  }

  /**
   * @param name in lower case
   */
  Value requestHeader(String name) {
    return switch (name) {
      case ":method" -> entry -> entry.method;
      case ":path" -> entry -> entry.path;
      case ":authority", "host" -> entry -> entry.authority.isEmpty() ? null : entry.authority;
      case ":scheme" -> constant("http");
      case "x-request-id" -> entry -> entry.requestId;
      default -> header(request, name, entry -> entry.headers.request, LogEntry::request);
    };
  }

  private Value response(Command command) {
    Value result = null;
    for (String alternative : command.alternatives()) {
      String name = alternative.toLowerCase(Locale.ROOT);
      Value value =
          name.equals(":status")
              ? entry -> entry.status == 0 ? null : (Long) (long) entry.status
              : header(response, name, entry -> entry.headers.response, LogEntry::response);
      if (name.equals("x-envoy-upstream-service-time")) {
        // Which Envoy's router puts on responses by itself.
        value = or(value, entry -> text(millis(entry.headNanos())));
      }
      result = result == null ? value : or(result, value);
    }
    return result == null ? constant(null) : result;
  }

  private Value trailer(Command command) {
    Value result = null;
    for (String alternative : command.alternatives()) {
      String name = alternative.toLowerCase(Locale.ROOT);
      Value value = header(trailers, name, entry -> entry.headers.trailers, LogEntry::trailer);
      result = result == null ? value : or(result, value);
    }
    return result == null ? constant(null) : result;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static Value or(Value first, Value second) {
    return entry -> {
      Object value = first.of(entry);
      return value == null ? second.of(entry) : value;
    };
  }

  @FunctionalInterface
  private interface Names {
    String[] of(LogEntry entry);
  }

  @FunctionalInterface
  private interface At {
    @Nullable String of(LogEntry entry, int index);
  }

  private static Value header(Set<String> wanted, String name, Names names, At at) {
    wanted.add(name);
    return entry -> {
      int index = Headers.index(names.of(entry), name);
      return index < 0 ? null : at.of(entry, index);
    };
  }
}
