package dev.weft.config.istio;

import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.AuthorizationByHttp;
import dev.weft.config.model.ExtensionProvider.ExternalAuthorizer;
import dev.weft.config.model.ExtensionProvider.RequestBodyInCheck;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code envoyExtAuthzHttp} and {@code envoyExtAuthzGrpc}. */
final class ExternalAuthorizers {

  /** Istio's timeoutOrDefault. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /** For which an agent waits. */
  private static final Duration LONGEST = Duration.ofSeconds(55);

  private ExternalAuthorizers() {}

  static ExtensionProvider grpc(String name, Fields provider) {
    return read(name, provider, null);
  }

  static ExtensionProvider http(String name, Fields provider) {
    String prefix = provider.string("pathPrefix");
    if (prefix != null && !prefix.isEmpty() && !prefix.startsWith("/")) {
      provider.error("pathPrefix", "must begin with a slash");
    }
    List<String> headers = headers(provider, "includeRequestHeadersInCheck");
    List<String> old = headers(provider, "includeHeadersInCheck");
    Map<String, String> added = provider.stringMap("includeAdditionalHeadersInCheck");
    for (String header : added.keySet()) {
      if (!Names.isHeader(header)) {
        provider.error(
            "includeAdditionalHeadersInCheck", "\"" + header + "\" is not a header name");
      }
    }
    return read(
        name,
        provider,
        new AuthorizationByHttp(
            prefix == null ? "" : prefix,
            headers.isEmpty() ? old : headers,
            added,
            headers(provider, "headersToUpstreamOnAllow"),
            headers(provider, "headersToDownstreamOnAllow"),
            headers(provider, "headersToDownstreamOnDeny")));
  }

  private static ExtensionProvider read(
      String name, Fields provider, @Nullable AuthorizationByHttp http) {
    // There is no route to be chosen once more.
    provider.skip("clearRouteCache");
    Duration timeout = CommonFields.positiveDuration(provider, "timeout");
    if (timeout != null && timeout.compareTo(LONGEST) > 0) {
      provider.warning(
          "timeout",
          "is in force up to "
              + LONGEST.toSeconds()
              + " s: nobody's request holds a server's thread for longer; failOpen or statusOnError"
              + " decides then");
    }
    return new ExternalAuthorizer(
        name,
        ExtensionProviders.service(provider),
        ExtensionProviders.port(provider),
        timeout == null ? TIMEOUT : timeout,
        Boolean.TRUE.equals(provider.bool("failOpen")),
        status(provider),
        http,
        provider.object("includeRequestBodyInCheck", body -> body(body, http != null)));
  }

  private static RequestBodyInCheck body(Fields body, boolean byHttp) {
    Integer max = body.integer("maxRequestBytes", 1, Integer.MAX_VALUE);
    if (!body.has("maxRequestBytes")) {
      // Istio sends 0, which Envoy refuses.
      body.error("maxRequestBytes", "is required");
    }
    Boolean asBytes = body.bool("packAsBytes");
    if (byHttp && Boolean.TRUE.equals(asBytes)) {
      body.warning("packAsBytes", "has no effect: by HTTP a body is always sent as it is");
    }
    return new RequestBodyInCheck(
        max == null ? 1 : max,
        Boolean.TRUE.equals(body.bool("allowPartialMessage")),
        Boolean.TRUE.equals(asBytes));
  }

  private static @Nullable Integer status(Fields provider) {
    String status = provider.string("statusOnError");
    if (status == null || status.isEmpty()) {
      return null;
    }
    if (!status.matches("[1-5][0-9][0-9]")) {
      provider.error("statusOnError", "\"" + status + "\" is not an HTTP status");
      return null;
    }
    return Integer.valueOf(status);
  }

  private static List<String> headers(Fields provider, String name) {
    List<String> headers = provider.strings(name);
    for (String header : headers) {
      String bare = header.replaceFirst("^\\*|\\*$", "");
      if (bare.isEmpty() || !Names.isHeader(bare) || bare.contains("*")) {
        provider.error(
            name, "\"" + header + "\" is not a header name, nor one with * in front or at the end");
      }
    }
    return headers;
  }
}
