package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.RecordingTelemetry;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.InboundFilter.Action;
import dev.weft.engine.model.InboundFilter.Authorizer;
import dev.weft.engine.model.InboundFilter.BufferSettings;
import dev.weft.engine.model.InboundFilter.ExternalAuthorization;
import dev.weft.engine.model.InboundFilter.Policy;
import dev.weft.engine.model.InboundFilter.Rbac;
import dev.weft.engine.model.InboundFilter.Rules;
import dev.weft.engine.model.InboundFilter.ShadowMatch;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.model.ValueMatch;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.CheckCodec.ConditionalHeader;
import dev.weft.engine.spi.MeshRequests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Envoy's ext_authz filter. */
class AuthorizerJudgeTest {

  private static final Authorizer.Http HTTP =
      new Authorizer.Http(
          "authz",
          "/check",
          List.of(new StringMatch.Prefix("x-", true)),
          List.of(new Header("x-added", "1")),
          List.of(new StringMatch.Exact("x-user", true)),
          null,
          List.of(new StringMatch.Exact("x-ok", true)));

  private final FakeInboundRequest request = new FakeInboundRequest();
  private final List<Request> asked = new ArrayList<>();
  private final List<byte[]> called = new ArrayList<>();
  private final List<Duration> timeouts = new ArrayList<>();
  private Duration timeout = Duration.ofSeconds(1);
  private CompletableFuture<Response> answer = new CompletableFuture<>();
  private CompletableFuture<byte[]> grpcAnswer = new CompletableFuture<>();
  private boolean known = true;

  private final MeshRequests mesh =
      new MeshRequests() {
        @Override
        public @Nullable CompletionStage<Response> send(
            String cluster, Request sent, Duration timeout) {
          timeouts.add(timeout);
          asked.add(sent);
          return known ? answer : null;
        }

        @Override
        public @Nullable CompletionStage<byte[]> unary(
            String cluster,
            String authority,
            String method,
            List<Header> metadata,
            byte[] message,
            Duration timeout) {
          timeouts.add(timeout);
          called.add((method + " " + authority).getBytes(StandardCharsets.UTF_8));
          return known ? grpcAnswer : null;
        }
      };

  private final List<String> shown = new ArrayList<>();
  private final Map<String, String> shownHeaders = new HashMap<>();

  private static String text(CheckCodec.@Nullable Body body) {
    return body == null
        ? "none"
        : (body.asBytes() ? "bytes " : "text ") + new String(body.bytes(), StandardCharsets.UTF_8);
  }

  private CheckCodec.Answer decoded = new CheckCodec.Refused(401, List.of(), "who?");
  private final CheckCodec codec =
      new CheckCodec() {
        @Override
        public byte[] request(
            InboundRequest asked,
            String target,
            Map<String, String> headers,
            CheckCodec.@Nullable Body body) {
          shownHeaders.putAll(headers);
          shown.add(headers.get("x-envoy-auth-partial-body") + " " + text(body));
          return new byte[0];
        }

        @Override
        public CheckCodec.Answer answer(byte[] response) {
          return decoded;
        }
      };

  private JudgedCall call(Authorizer authorizer, boolean failOpen) {
    return call(authorizer, failOpen, null);
  }

  private JudgedCall call(
      Authorizer authorizer, boolean failOpen, @Nullable BufferSettings settings) {
    return new JudgedCall(
        PortJudge.of(judge(authorizer, failOpen, settings)),
        request,
        new RecordingTelemetry().inbound(request));
  }

  private Judge judge(Authorizer authorizer, boolean failOpen, @Nullable BufferSettings settings) {
    return new AuthorizerJudge(
        new ExternalAuthorization(null, authorizer, timeout, failOpen, 503, settings), codec, mesh);
  }

  private static Response response(int status, Header... headers) {
    return new Response(status, List.of(headers), "body".getBytes(StandardCharsets.UTF_8));
  }

  private Answer refused(JudgedCall call) {
    InboundStep first = call.next();
    InboundStep step = first instanceof InboundStep.Wait ? call.next() : first;
    assertThat(step).isInstanceOf(InboundStep.Refuse.class);
    return ((InboundStep.Refuse) step).answer();
  }

  /** Envoy normalizes before its filters: whoever may see /public must not be asked about that. */
  @Test
  void asksAboutThePathThatIsJudged() {
    request.path = "/public/%2e%2e/admin?x=/..";
    call(HTTP, false).next();
    assertThat(asked.get(0).path()).isEqualTo("/check/admin?x=/..");
  }

  @Test
  void doesNotAskAboutAPathThatTheServerReadsOtherwise() {
    request.path = "/x//../admin";
    assertThat(refused(call(HTTP, false)).status()).isEqualTo(400);
    assertThat(asked).isEmpty();
  }

  /** HttpService: Host, Method, Path and Authorization always; allowed_headers; no body. */
  @Test
  void asksByARequestLikeTheOneThatIsJudged() {
    request.method = "POST";
    request.headers.put("authorization", "Bearer t");
    request.headers.put("x-a", "1");
    request.headers.put("x-added", "forged");
    request.headers.put("cookie", "c");
    call(HTTP, false).next();
    Request sent = asked.get(0);
    assertThat(sent.method()).isEqualTo("POST");
    assertThat(sent.path()).isEqualTo("/check/items?page=1");
    assertThat(sent.authority()).isEqualTo("catalog:8080");
    assertThat(sent.headers())
        .containsExactlyInAnyOrder(
            // As Envoy's router says of the filter's timeout.
            new Header("x-envoy-expected-rq-timeout-ms", "1000"),
            new Header("authorization", "Bearer t"),
            new Header("x-a", "1"),
            new Header("x-added", "1"));
  }

  /** As by Envoy's filters, of which each has the headers that the one before left. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void asksByWhatWasSetBefore(boolean byHttp) {
    request.headers.put("x-a", "1");
    request.headers.put("x-gone", "2");
    request.certificate = "By=me;URI=you";
    Judge first =
        facts ->
            new Verdict.Granted(
                new HeaderEdits(
                    List.of("x-gone"),
                    List.of(new Header("x-a", "3"), new Header("x-user", "alice")),
                    List.of(new Header("x-more", "4"))),
                HeaderEdits.NONE,
                null);
    Authorizer authorizer = byHttp ? HTTP : new Authorizer.Grpc("authz", "a");
    new JudgedCall(
            PortJudge.of(List.of(first, judge(authorizer, false, null))),
            request,
            new RecordingTelemetry().inbound(request))
        .next();
    Map<String, String> seen = new HashMap<>();
    if (byHttp) {
      asked.get(0).headers().forEach(header -> seen.put(header.name(), header.value()));
    } else {
      seen.putAll(shownHeaders);
    }
    assertThat(seen)
        .containsEntry("x-a", "3")
        .containsEntry("x-user", "alice")
        .containsEntry("x-more", "4")
        .containsEntry("x-forwarded-client-cert", "By=me;URI=you")
        .doesNotContainKey("x-gone");
  }

  /** AuthorizationResponse.allowed_upstream_headers, allowed_client_headers_on_success. */
  @Test
  void only200Allows() {
    JudgedCall call = call(HTTP, false);
    InboundStep wait = call.next();
    assertThat(wait).isInstanceOf(InboundStep.Wait.class);
    answer.complete(
        response(
            200,
            new Header("x-user", "bob"),
            new Header("x-user", "alice"),
            new Header("x-other", "1"),
            new Header("x-envoy-auth-headers-to-remove", "Authorization, host,x-c"),
            new Header("x-ok", "2")));
    InboundStep.Proceed proceed = (InboundStep.Proceed) call.next();
    assertThat(proceed.requestHeaders().set()).containsExactly(new Header("x-user", "alice"));
    assertThat(proceed.requestHeaders().remove())
        .contains("authorization", "x-c")
        .doesNotContain("host");
    assertThat(call.responded(200, name -> null).add()).containsExactly(new Header("x-ok", "2"));
    answer = CompletableFuture.completedFuture(response(204));
    assertThat(refused(call(HTTP, false)).status()).isEqualTo(204);
  }

  @Test
  void aRefusalIsPassedOn() {
    answer.complete(
        response(
            302,
            new Header("location", "/login"),
            new Header("content-length", "4"),
            new Header("x-why", "no")));
    assertThat(refused(call(HTTP, true)))
        .isEqualTo(
            new Answer(
                302,
                List.of(
                    new Header("location", "/login"),
                    new Header("x-why", "no"),
                    new Header("content-type", "text/plain")),
                "body".getBytes(StandardCharsets.UTF_8),
                ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE));
  }

  @Test
  void aRefusalMayBeNoText() {
    byte[] octets = {(byte) 0xff, 0, 'a'};
    answer.complete(new Response(403, List.of(new Header("content-type", "image/png")), octets));
    assertThat(refused(call(HTTP, false)).content()).isEqualTo(octets);
    request.headers.put("content-type", "application/grpc");
    assertThat(refused(call(HTTP, false)).headers())
        .contains(new Header("grpc-message", "%FF%00a"));
  }

  /** ExtAuthz.failure_mode_allow, status_on_error. */
  @ParameterizedTest
  @CsvSource({"500", "503", "0", "-1"})
  void failsClosedUnlessToldOtherwise(int status) {
    known = status >= 0;
    answer =
        status == 0
            ? CompletableFuture.failedFuture(new IOException("away"))
            : CompletableFuture.completedFuture(response(Math.max(status, 100)));
    assertThat(refused(call(HTTP, false)))
        .isEqualTo(new Answer(503, List.of(), "", ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE));
    JudgedCall open = call(HTTP, true);
    InboundStep first = open.next();
    assertThat(first instanceof InboundStep.Wait ? open.next() : first)
        .isInstanceOf(InboundStep.Proceed.class);
  }

  /** Istio's own timeout is ten minutes; servers wait for one. */
  @ParameterizedTest
  @CsvSource({"PT1S, PT1S", "PT10M, PT55S"})
  void nobodyIsWaitedForLongerThanServersWait(Duration configured, Duration expected) {
    timeout = configured;
    call(HTTP, false).next();
    call(new Authorizer.Grpc("authz", "a"), false).next();
    assertThat(timeouts).containsExactly(expected, expected);
  }

  /** A late answer comes when the server uses its request for another one. */
  @Test
  void theRequestIsReadByTheThreadThatAsks() {
    Set<Thread> readers = new HashSet<>();
    FakeInboundRequest watched =
        new FakeInboundRequest() {
          @Override
          public @Nullable String header(String name) {
            readers.add(Thread.currentThread());
            return super.header(name);
          }
        };
    watched.headers.put("x-there", "here");
    decoded =
        new CheckCodec.Allowed(
            new HeaderEdits(List.of(), List.of(), List.of(new Header("x-there", "e"))),
            QueryEdits.NONE,
            HeaderEdits.NONE,
            List.of(),
            Map.of());
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(judge(new Authorizer.Grpc("authz", "a"), false, null)),
            watched,
            new RecordingTelemetry().inbound(watched));
    call.next();
    CompletableFuture.runAsync(() -> grpcAnswer.complete(new byte[0])).join();
    assertThat(((InboundStep.Proceed) call.next()).requestHeaders().set())
        .containsExactly(new Header("x-there", "here,e"));
    assertThat(readers).containsExactly(Thread.currentThread());
  }

  @Test
  void byGrpc() {
    grpcAnswer.complete(new byte[0]);
    Authorizer grpc = new Authorizer.Grpc("authz", "authz_");
    assertThat(refused(call(grpc, true)).status()).isEqualTo(401);
    assertThat(called.get(0))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("envoy.service.auth.v3.Authorization/Check authz_");
    decoded =
        new CheckCodec.Allowed(
            new HeaderEdits(
                List.of("x-gone"),
                List.of(
                    new Header("x-user", "a"), new Header("host", "b"), new Header("x-gone", "c")),
                List.of(
                    new Header("x-user", "d"),
                    new Header("x-there", "e"),
                    new Header("x-not-there", "f"))),
            QueryEdits.NONE,
            HeaderEdits.NONE,
            List.of(
                new ConditionalHeader(new Header("x-one", "1"), true),
                new ConditionalHeader(new Header("x-two", "2"), true),
                new ConditionalHeader(new Header("x-one", "3"), false),
                new ConditionalHeader(new Header("x-three", "4"), false)),
            Map.of());
    request.headers.put("x-there", "here");
    JudgedCall call = call(grpc, false);
    call.next();
    HeaderEdits edits = ((InboundStep.Proceed) call.next()).requestHeaders();
    // Set, then appended to what is there, then removed.
    assertThat(edits.set())
        .containsExactly(new Header("x-user", "a,d"), new Header("x-there", "here,e"));
    assertThat(edits.add()).isEmpty();
    assertThat(edits.remove()).contains("x-gone");
    assertThat(call.responded(200, name -> name.equals("x-one") ? "0" : null).set())
        .containsExactly(new Header("x-one", "1"), new Header("x-three", "4"));
  }

  /**
   * OkHttpResponse.query_parameters_to_set, query_parameters_to_remove; what a filter before it
   * took away, as that of tokens does, stays away, and isn't shown to it.
   */
  @ParameterizedTest
  @CsvSource({
    "/items, a=1",
    "/items?token=t, a=1",
    "/items?x=1&token=t&gone=2&y&%67one=3, x=1&y&a=1",
    "/items?a=forged&%61=forged&b=2, b=2&a=1",
  })
  void theQueryIsEdited(String path, String query) {
    request.path = path;
    decoded =
        new CheckCodec.Allowed(
            HeaderEdits.NONE,
            new QueryEdits(Set.of("gone"), Map.of("a", "1")),
            HeaderEdits.NONE,
            List.of(),
            Map.of());
    grpcAnswer.complete(new byte[0]);
    Judge token =
        facts ->
            new Verdict.Granted(
                HeaderEdits.NONE,
                HeaderEdits.NONE,
                new QueryEdits(Set.of("token"), Map.of()),
                null);
    Judge authorizer = judge(new Authorizer.Grpc("authz", "a"), false, null);
    Judge next = judge(HTTP, false, null);
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(List.of(token, authorizer, next)),
            request,
            new RecordingTelemetry().inbound(request));
    answer.complete(response(200));
    call.next();
    call.next();
    assertThat(((InboundStep.Proceed) call.next()).query()).isEqualTo(query);
    assertThat(asked.get(0).path()).as("the next one's").isEqualTo("/check/items?" + query);
  }

  /**
   * ExtAuthz.with_request_body: max_request_bytes 4, allow_partial_message, pack_as_bytes; the
   * header x-envoy-auth-partial-body is whether there is more than what is sent.
   */
  @ParameterizedTest
  @CsvSource({
    // body, whole, partial, bytes, asked for, shown
    "abc, true, false, false, 5, false text abc",
    "abcd, true, false, false, 5, false text abcd",
    "abcde, false, false, false, 5, 413",
    "abcde, true, true, false, 4, true text abcd",
    "abcd, false, true, true, 4, false bytes abcd",
    "'', true, false, true, 5, null none",
  })
  void showsTheBody(
      String body, boolean whole, boolean partial, boolean bytes, long asked, String expected) {
    request.headers.put("x-envoy-auth-partial-body", "forged");
    JudgedCall call =
        call(new Authorizer.Grpc("authz", "a"), true, new BufferSettings(4, partial, bytes));
    assertThat(call.next()).isEqualTo(new InboundStep.Buffer(asked));
    call.buffered(new RequestBody(body.getBytes(StandardCharsets.UTF_8), whole));
    InboundStep step = call.next();
    if (expected.equals("413")) {
      assertThat(((InboundStep.Refuse) step).answer().status()).isEqualTo(413);
      assertThat(called).isEmpty();
    } else {
      assertThat(step).isInstanceOf(InboundStep.Wait.class);
      assertThat(shown).containsExactly(expected);
    }
  }

  /** Nothing of it is read then. */
  @ParameterizedTest
  @CsvSource({"4, false, false", "5, false, true", "5, true, false", "4 bytes, false, false"})
  void aBodyThatSaysItIsTooLongIsRefusedUnread(String length, boolean partial, boolean refused) {
    request.headers.put("content-length", length);
    InboundStep step = call(HTTP, true, new BufferSettings(4, partial, false)).next();
    if (refused) {
      assertThat(((InboundStep.Refuse) step).answer().status()).isEqualTo(413);
    } else {
      assertThat(step).isInstanceOf(InboundStep.Buffer.class);
    }
  }

  /** The same by HTTP, where pack_as_bytes has no effect. */
  @Test
  void sendsTheBodyAlong() {
    request.headers.put("x-envoy-auth-partial-body", "forged");
    JudgedCall call = call(HTTP, false, new BufferSettings(4, true, true));
    call.next();
    call.buffered(new RequestBody("abcdef".getBytes(StandardCharsets.UTF_8), true));
    call.next();
    assertThat(asked.get(0).body()).asString(StandardCharsets.UTF_8).isEqualTo("abcd");
    assertThat(asked.get(0).headers())
        .filteredOn(header -> header.name().equals("x-envoy-auth-partial-body"))
        .containsExactly(new Header("x-envoy-auth-partial-body", "true"));
  }

  @Test
  void clientsDoNotSayWhatIsShownOfABody() {
    request.headers.put("x-envoy-auth-partial-body", "forged");
    call(HTTP, false).next();
    assertThat(asked.get(0).headers())
        .noneMatch(header -> header.name().equals("x-envoy-auth-partial-body"));
    call(new Authorizer.Grpc("authz", "a"), false).next();
    assertThat(shown).containsExactly("null none");
  }

  /** A guard that read too little is asked for more; one that can't read must not go on. */
  @Test
  void nothingIsAskedBeforeTheBodyIsThere() {
    JudgedCall call = call(HTTP, true, new BufferSettings(4, false, false));
    assertThat(call.next()).isInstanceOf(InboundStep.Buffer.class);
    assertThat(call.next()).isInstanceOf(InboundStep.Buffer.class);
    call.buffered(new RequestBody(new byte[4], false));
    assertThat(call.next()).isInstanceOf(InboundStep.Buffer.class);
    assertThat(asked).isEmpty();
  }

  /** CheckResponse.dynamic_metadata: envoy.filters.http.ext_authz to the filters after it. */
  @ParameterizedTest
  @CsvSource({"gold, 1", "silver, 0"})
  void laterConditionsSeeWhatTheAuthorizerSaid(String tier, int allowed) {
    decoded =
        new CheckCodec.Allowed(
            HeaderEdits.NONE,
            QueryEdits.NONE,
            HeaderEdits.NONE,
            List.of(),
            Map.of("tier", Map.of("is", tier)));
    grpcAnswer.complete(new byte[0]);
    Judge authorizer =
        new AuthorizerJudge(
            new ExternalAuthorization(
                null, new Authorizer.Grpc("authz", "a"), Duration.ofSeconds(1), false, 403),
            codec,
            mesh);
    Judge rules =
        new RbacJudge(
            Rbac.enforcing(
                Action.ALLOW,
                List.of(
                    new Policy(
                        "gold",
                        new Condition.AuthorizerMetadataIs(
                            List.of("tier", "is"),
                            new ValueMatch.Text(new StringMatch.Exact("gold", false)))))));
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(List.of(authorizer, rules)),
            request,
            new RecordingTelemetry().inbound(request));
    call.next();
    assertThat(call.next() instanceof InboundStep.Proceed).isEqualTo(allowed == 1);
  }

  /**
   * ExtAuthz.filter_enabled_metadata, as Istio sets it: what CUSTOM rules match, in any reading.
   */
  @ParameterizedTest
  @CsvSource({"/admin, true", "/public/..;/admin, true", "/items, false"})
  void onlyWhatShadowRulesMatchIsAsked(String path, boolean expected) {
    request.path = path;
    Rules custom =
        new Rules(
            Action.DENY,
            List.of(
                new Policy(
                    "istio-ext-authz-opa-ns[shop]",
                    new Condition.PathIs(new StringMatch.Exact("/admin", false)))));
    EngineFixture fixture = new EngineFixture();
    fixture.inbound(
        new InboundListener(
            8080,
            MutualTlsMode.PERMISSIVE,
            List.of(
                new Rbac(null, custom, "istio_ext_authz_"),
                new ExternalAuthorization(
                    new ShadowMatch("istio_ext_authz_", new StringMatch.Prefix("istio-ext", false)),
                    HTTP,
                    Duration.ofSeconds(1),
                    false,
                    403))));
    assertThat(fixture.engine.inbound(request).next() instanceof InboundStep.Refuse)
        .as("nobody is there to be asked")
        .isEqualTo(expected);
  }
}
