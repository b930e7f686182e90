package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.CorsPolicy;
import dev.weft.engine.model.StringMatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cross-origin requests, as Envoy's CORS filter treats them. */
final class Cors {

  private final CorsPolicy policy;

  Cors(CorsPolicy policy) {
    this.policy = policy;
  }

  /**
   * Answers a preflight request.
   *
   * @return null if it is none, or goes on
   */
  @Nullable Answer preflight(OutboundRequest request) {
    String origin = origin(request);
    String method = request.header("access-control-request-method");
    if (origin == null
        || !request.method().equals("OPTIONS")
        || method == null
        || method.isEmpty()) {
      return null;
    }
    boolean allowed = allows(origin);
    if (!allowed && policy.forwardUnmatchedPreflights()) {
      return null;
    }
    List<Header> headers = new ArrayList<>();
    if (policy.allowCredentials()) {
      headers.add(new Header("access-control-allow-credentials", "true"));
    }
    add(headers, "access-control-allow-methods", echoed(policy.allowMethods(), method));
    String asked = request.header("access-control-request-headers");
    add(
        headers,
        "access-control-allow-headers",
        echoed(policy.allowHeaders(), asked == null ? "" : asked));
    add(headers, "access-control-max-age", policy.maxAge());
    return new Answer(200, edits(request).applyTo(headers), "", ResponseFlag.NONE);
  }

  /** What every response to a request of an allowed origin is given. */
  HeaderEdits edits(OutboundRequest request) {
    String origin = origin(request);
    if (origin == null || !allows(origin)) {
      return HeaderEdits.NONE;
    }
    List<Header> set = new ArrayList<>();
    set.add(new Header("access-control-allow-origin", origin));
    if (policy.allowCredentials()) {
      set.add(new Header("access-control-allow-credentials", "true"));
    }
    add(set, "access-control-expose-headers", policy.exposeHeaders());
    return new HeaderEdits(List.of(), set, List.of());
  }

  private static @Nullable String origin(OutboundRequest request) {
    String origin = request.header("origin");
    return origin == null || origin.isEmpty() ? null : origin;
  }

  private boolean allows(String origin) {
    for (StringMatch allowed : policy.allowOrigins()) {
      if (allowed.matches("*") || allowed.matches(origin)) {
        return true;
      }
    }
    return false;
  }

  private static String echoed(String configured, String asked) {
    return configured.equals("*") ? asked : configured;
  }

  private static void add(List<Header> headers, String name, String value) {
    if (!value.isEmpty()) {
      headers.add(new Header(name, value));
    }
  }
}
