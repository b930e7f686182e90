package dev.weft.config.istio;

import dev.weft.config.model.Fault;
import dev.weft.config.model.HeaderEdits;
import dev.weft.config.model.RetryPolicy;
import dev.weft.config.source.Fields;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.Operators;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what a VirtualService's rule does beside choosing a destination. */
final class RouteActions {

  private static final Set<String> RETRY_CONDITIONS =
      Set.of(
          "5xx",
          "gateway-error",
          "reset",
          "reset-before-request",
          "connect-failure",
          "retriable-4xx",
          "refused-stream",
          "retriable-status-codes",
          "retriable-headers",
          "envoy-ratelimited",
          "http3-post-connect-failure",
          "cancelled",
          "deadline-exceeded",
          "internal",
          "resource-exhausted",
          "unavailable");
  private static final int MAX_GRPC_STATUS = 16;
  private static final List<String> GRPC_STATUS =
      List.of(
          "OK",
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  private RouteActions() {}

  /** Istio's {@code HTTPRetry}: what it leaves unset is as in {@link RetryPolicy#DEFAULT}. */
  static RetryPolicy retries(Fields fields) {
    Integer attempts = fields.integer("attempts", 0, Integer.MAX_VALUE);
    Duration perTryTimeout = CommonFields.positiveDuration(fields, "perTryTimeout");
    Duration backOff = CommonFields.positiveDuration(fields, "backoff");
    String retryOn = fields.string("retryOn");
    Boolean ignorePrevious = fields.bool("retryIgnorePreviousHosts");
    Boolean remote = fields.bool("retryRemoteLocalities");
    if ((attempts == null || attempts == 0)
        && (perTryTimeout != null || backOff != null || retryOn != null || remote != null)) {
      fields.error("attempts", "is 0, which means no retries, but retries are configured");
    }
    List<String> on = new ArrayList<>();
    List<Integer> codes = new ArrayList<>();
    if (retryOn == null || retryOn.isEmpty()) {
      on.addAll(RetryPolicy.DEFAULT.on());
      codes.addAll(RetryPolicy.DEFAULT.statusCodes());
    } else {
      conditions(fields, retryOn, on, codes);
    }
    return new RetryPolicy(
        attempts == null ? 0 : attempts,
        perTryTimeout,
        backOff,
        on,
        codes,
        !Boolean.FALSE.equals(ignorePrevious),
        Boolean.TRUE.equals(remote));
  }

  private static void conditions(
      Fields fields, String retryOn, List<String> on, List<Integer> codes) {
    for (String part : retryOn.split(",", -1)) {
      String condition = part.trim();
      if (condition.matches("[1-5][0-9][0-9]")) {
        codes.add(Integer.valueOf(condition));
      } else if (RETRY_CONDITIONS.contains(condition)) {
        on.add(condition);
        if (condition.equals("http3-post-connect-failure")) {
          fields.warning(
              "retryOn", "http3-post-connect-failure has no effect: nothing speaks HTTP/3");
        }
      } else if (!condition.isEmpty()) {
        fields.error("retryOn", "\"" + condition + "\" is not a condition to retry on");
      }
    }
    if (!codes.isEmpty() && !on.contains("retriable-status-codes")) {
      on.add("retriable-status-codes");
    }
  }

  static Fault fault(Fields fields) {
    Fault.Delay delay = fields.object("delay", RouteActions::delay);
    Fault.Abort abort = fields.object("abort", RouteActions::abort);
    if (!fields.has("delay") && !fields.has("abort")) {
      fields.error("", "must have delay or abort");
    }
    return new Fault(delay, abort);
  }

  private static Fault.@Nullable Delay delay(Fields fields) {
    Duration duration = CommonFields.positiveDuration(fields, "fixedDelay");
    fields.refused(
        "exponentialDelay",
        "Istio doesn't implement it either, and ignoring it would change the meaning; use"
            + " fixedDelay");
    if (!fields.has("fixedDelay")) {
      fields.error("fixedDelay", "is required");
    }
    double percent = percent(fields);
    return duration == null ? null : new Fault.Delay(duration, percent);
  }

  private static Fault.@Nullable Abort abort(Fields fields) {
    Integer status = fields.integer("httpStatus", 200, 599);
    String grpc = fields.string("grpcStatus");
    if (fields.string("http2Error") != null) {
      fields.error("http2Error", "is not supported, in Istio no more than here");
    }
    double percent = percent(fields);
    if (fields.has("http2Error")) {
      return null;
    }
    if (fields.has("httpStatus") == fields.has("grpcStatus")) {
      fields.error("", "must have one of httpStatus and grpcStatus");
    } else if (grpc != null) {
      int code = grpcStatus(grpc);
      if (code < 0) {
        fields.error("grpcStatus", "\"" + grpc + "\" is not a status of gRPC");
      }
      return new Fault.Abort(code, true, percent);
    }
    return status == null ? null : new Fault.Abort(status, false, percent);
  }

  private static int grpcStatus(String text) {
    if (text.matches("[0-9]{1,2}")) {
      int code = Integer.parseInt(text);
      return code <= MAX_GRPC_STATUS ? code : -1;
    }
    return GRPC_STATUS.indexOf(text.toUpperCase(Locale.ROOT));
  }

  private static double percent(Fields fields) {
    Double percentage = fields.object("percentage", value -> value.number("value", 0, 100));
    Integer percent = fields.integer("percent", 0, 100);
    if (fields.has("percentage")) {
      // An empty message of protobuf: its value is 0.
      return percentage == null ? 0 : percentage;
    }
    return percent == null ? 100 : percent;
  }

  /** Both halves of Istio's {@code headers}. */
  record Headers(HeaderEdits request, HeaderEdits response) {

    private static final Headers NONE = new Headers(HeaderEdits.NONE, HeaderEdits.NONE);
  }

  static Headers headers(Fields rule) {
    Headers headers =
        rule.object(
            "headers",
            fields -> {
              HeaderEdits request = fields.object("request", edits -> edits(edits, true));
              HeaderEdits response = fields.object("response", edits -> edits(edits, false));
              return new Headers(
                  request == null ? HeaderEdits.NONE : request,
                  response == null ? HeaderEdits.NONE : response);
            });
    return headers == null ? Headers.NONE : headers;
  }

  /**
   * @param request whose authority can be set, too
   */
  private static HeaderEdits edits(Fields fields, boolean request) {
    Map<String, String> set = fields.stringMap("set");
    Map<String, String> add = fields.stringMap("add");
    List<String> remove = fields.strings("remove");
    checkValues(fields, "set", set, request);
    checkValues(fields, "add", add, request);
    for (String name : remove) {
      checkName(fields, "remove", name, false);
    }
    return new HeaderEdits(set, add, remove);
  }

  /** Values are Envoy's format strings, but for the authority, which is taken as it is. */
  private static void checkValues(
      Fields fields, String operation, Map<String, String> headers, boolean request) {
    headers.forEach(
        (name, value) -> {
          checkName(fields, operation, name, request);
          String field = operation + "." + name;
          if (value.chars().anyMatch(c -> c != '\t' && Character.isISOControl(c))) {
            fields.error(field, "must not contain control characters");
          }
          if (!Names.isAuthority(name)) {
            checkFormat(fields, field, value, request);
          } else if (value.indexOf('%') >= 0) {
            fields.error(field, "the authority can't have variables, nor any %");
          }
        });
  }

  private static void checkFormat(Fields fields, String field, String value, boolean request) {
    if (value.isEmpty()) {
      fields.warning(field, "is empty, which changes nothing");
    }
    try {
      for (FormatString.Part part : FormatString.parse(value).parts()) {
        if (part instanceof FormatString.Command command
            && !Operators.isHonouredInHeaders(command.operator(), request)) {
          fields.warning(
              field, "%" + command.operator() + "% has no value in this header: it is left empty");
        }
      }
    } catch (IllegalArgumentException e) {
      fields.error(field, String.valueOf(e.getMessage()));
    }
  }

  private static void checkName(Fields fields, String operation, String name, boolean authority) {
    if (Names.isAuthority(name)) {
      if (!authority) {
        fields.error(operation, "the authority can only be set, and only of a request");
      }
    } else if (Names.isConnectionHeader(name)) {
      fields.error(
          operation,
          "\"" + name + "\" belongs to the connection or frames the message, and can't be changed");
    } else if (!Names.isHeader(name)) {
      fields.error(operation, "\"" + name + "\" is not the name of a header that can be changed");
    }
  }
}
