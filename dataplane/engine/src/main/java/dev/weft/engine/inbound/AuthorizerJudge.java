package dev.weft.engine.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.InboundFilter.Authorizer;
import dev.weft.engine.model.InboundFilter.BufferSettings;
import dev.weft.engine.model.InboundFilter.ExternalAuthorization;
import dev.weft.engine.model.InboundFilter.ShadowMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.MeshRequests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's external authorization filter, with its answers. It fails closed unless told otherwise.
 */
final class AuthorizerJudge implements Judge {

  private static final String CHECK = "envoy.service.auth.v3.Authorization/Check";
  private static final String PARTIAL_BODY = "x-envoy-auth-partial-body";
  private static final int OK = 200;

  /** Servers close a connection that waits for a minute: before that it is for onError to say. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(55);

  /** As Envoy answers when a filter's buffer is full. */
  private static final Verdict TOO_LARGE =
      new Verdict.Denied(
          new Answer(
              413,
              List.of(new Header("content-type", "text/plain")),
              "Payload Too Large",
              ResponseFlag.NONE),
          null,
          "request_payload_too_large");

  /** Sent to the client whatever the list of allowed headers says. */
  private static final Set<String> ALWAYS_TO_CLIENT = Set.of("www-authenticate", "location");

  private final ExternalAuthorization filter;
  private final CheckCodec codec;
  private final MeshRequests mesh;
  private final Duration timeout;
  private final Verdict onError;

  AuthorizerJudge(ExternalAuthorization filter, CheckCodec codec, MeshRequests mesh) {
    this.filter = filter;
    this.codec = codec;
    this.mesh = mesh;
    timeout = filter.timeout().compareTo(LONGEST_WAIT) < 0 ? filter.timeout() : LONGEST_WAIT;
    onError =
        filter.failOpen()
            ? Verdict.Granted.INSTANCE
            : new Verdict.Denied(
                new Answer(
                    filter.statusOnError(),
                    List.of(),
                    "",
                    ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE),
                "ext_authz_error");
  }

  @Override
  public Verdict judge(Facts facts) {
    ShadowMatch when = filter.when();
    if (when != null) {
      String policy = facts.shadowPolicy(when.prefix());
      if (policy == null || !when.policy().matches(policy)) {
        return Verdict.Granted.INSTANCE;
      }
    }
    // Who is asked about one path must not be taken to have allowed another.
    if (facts.ambiguous || facts.isReadOtherwise()) {
      return RbacJudge.AMBIGUOUS;
    }
    RequestBody body = facts.body();
    BufferSettings settings = filter.body();
    if (settings != null) {
      if (body == null && !settings.allowPartial() && length(facts) > settings.maxBytes()) {
        return TOO_LARGE;
      }
      // One byte more tells whether a body is too long.
      long enough = settings.maxBytes() + (settings.allowPartial() ? 0 : 1);
      if (body == null || (!body.whole() && body.bytes().length < enough)) {
        return new Verdict.Buffer(enough);
      }
      if (!settings.allowPartial() && body.bytes().length > settings.maxBytes()) {
        return TOO_LARGE;
      }
    }
    CompletionStage<Verdict> verdict = ask(facts);
    return verdict == null ? onError : new Verdict.Pending(verdict);
  }

  /** Of the body, as it is said beforehand; 0: it isn't. */
  private static long length(Facts facts) {
    String length = facts.request.header("content-length");
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return 0; // it is counted as it comes
    }
  }

  /** Null if there is nobody to ask. */
  private @Nullable CompletionStage<Verdict> ask(Facts facts) {
    CheckCodec.Body shown = shown(facts.body());
    if (filter.authorizer() instanceof Authorizer.Http http) {
      CompletionStage<Response> answer =
          mesh.send(http.cluster(), request(http, facts, shown), timeout);
      return answer == null
          ? null
          : answer.handle((response, failure) -> failure == null ? read(http, response) : onError);
    }
    Authorizer.Grpc grpc = (Authorizer.Grpc) filter.authorizer();
    byte[] question = codec.request(facts.request, facts.target(), headers(facts, shown), shown);
    CompletionStage<byte[]> answer =
        mesh.unary(grpc.cluster(), grpc.authority(), CHECK, List.of(), question, timeout);
    return answer == null
        ? null
        : answer.handle((response, failure) -> failure == null ? read(response) : onError);
  }

  private static Map<String, String> headers(Facts facts, CheckCodec.@Nullable Body shown) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String name : names(facts)) {
      String value = facts.header(name);
      if (value != null) {
        headers.put(name, value);
      }
    }
    if (shown != null) {
      headers.put(PARTIAL_BODY, Boolean.toString(shown.partial()));
    }
    return headers;
  }

  /** Of the headers that it may be shown. What is shown of the body isn't the client's to say. */
  private static List<String> names(Facts facts) {
    return facts.headerNames().stream().filter(name -> !name.equals(PARTIAL_BODY)).toList();
  }

  /** Null: there is no body, or it isn't to be shown. */
  private CheckCodec.@Nullable Body shown(@Nullable RequestBody body) {
    BufferSettings settings = filter.body();
    if (settings == null || body == null || body.bytes().length == 0) {
      return null;
    }
    byte[] bytes = body.bytes();
    boolean partial = bytes.length > settings.maxBytes();
    return new CheckCodec.Body(
        partial ? Arrays.copyOf(bytes, (int) settings.maxBytes()) : bytes,
        partial,
        settings.asBytes());
  }

  private Request request(Authorizer.Http http, Facts facts, CheckCodec.@Nullable Body shown) {
    List<Header> headers = new ArrayList<>();
    headers.add(
        new Header("x-envoy-expected-rq-timeout-ms", Long.toString(filter.timeout().toMillis())));
    for (String name : names(facts)) {
      boolean wanted =
          name.equals("authorization") || AuthorizerHeaders.matches(http.requestHeaders(), name);
      String value = wanted && !AuthorizerHeaders.isFraming(name) ? facts.header(name) : null;
      if (value != null) {
        headers.add(new Header(name, value));
      }
    }
    for (Header added : http.addedHeaders()) {
      headers.removeIf(header -> header.name().equals(added.name()));
      headers.add(added);
    }
    if (shown != null) {
      headers.add(new Header(PARTIAL_BODY, Boolean.toString(shown.partial())));
    }
    return new Request(
        facts.request.method(),
        facts.request.authority(),
        http.pathPrefix() + facts.target(),
        headers,
        shown == null ? new byte[0] : shown.bytes());
  }

  private Verdict read(Authorizer.Http http, Response response) {
    if (response.status() >= 500) {
      return onError;
    }
    if (response.status() == OK) {
      return new Verdict.Granted(
          AuthorizerHeaders.removing(
              response.headers(),
              AuthorizerHeaders.setting(response.headers(), http.upstreamHeaders())),
          AuthorizerHeaders.adding(response.headers(), http.clientHeadersOnSuccess()),
          null);
    }
    List<StringMatch> toClient = http.clientHeaders();
    List<Header> headers =
        AuthorizerHeaders.unframed(response.headers()).stream()
            .filter(
                header ->
                    toClient == null
                        || ALWAYS_TO_CLIENT.contains(header.name())
                        || AuthorizerHeaders.matches(toClient, header.name()))
            .toList();
    return refusal(response.status(), headers, response.body());
  }

  private Verdict read(byte[] response) {
    CheckCodec.Answer answer;
    try {
      answer = codec.answer(response);
    } catch (RuntimeException e) {
      return onError;
    }
    if (answer instanceof CheckCodec.Allowed allowed) {
      return new Verdict.Appending(
          new Verdict.Granted(
              AuthorizerHeaders.unframed(allowed.requestHeaders()),
              AuthorizerHeaders.unframed(allowed.responseHeaders()),
              allowed.query(),
              null,
              allowed.conditional().stream()
                  .filter(conditional -> !AuthorizerHeaders.isFraming(conditional.header().name()))
                  .toList(),
              allowed.metadata()));
    }
    CheckCodec.Refused refused = (CheckCodec.Refused) answer;
    return refusal(
        refused.status(),
        AuthorizerHeaders.unframed(refused.headers()),
        refused.body().getBytes(UTF_8));
  }

  private static Verdict refusal(int status, List<Header> headers, byte[] body) {
    List<Header> all = new ArrayList<>(headers);
    if (body.length > 0 && headers.stream().noneMatch(it -> it.name().equals("content-type"))) {
      all.add(new Header("content-type", "text/plain"));
    }
    return new Verdict.Denied(
        new Answer(status, all, body, ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE),
        "ext_authz_denied");
  }
}
