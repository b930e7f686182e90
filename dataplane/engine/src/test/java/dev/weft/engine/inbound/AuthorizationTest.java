package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RecordingTelemetry;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundFilter.Policy;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.StringMatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Istio, AuthorizationPolicy; Envoy, the RBAC filter. */
class AuthorizationTest {

  private static final String STOREFRONT = "spiffe://cluster.local/ns/shop/sa/storefront";
  private static final Condition ALWAYS = new Condition.Always();
  private static final Condition NEVER = new Condition.Not(ALWAYS);
  private static final Condition UNKNOWN = new Condition.Unknown("a field of tomorrow");
  private static final Answer DENIED =
      new Answer(
          403,
          List.of(new Header("content-type", "text/plain")),
          "RBAC: access denied",
          ResponseFlag.NONE);

  private final EngineFixture mesh = new EngineFixture();
  private final FakeInboundRequest request = new FakeInboundRequest();

  private static Policy policy(String name, Condition condition) {
    return new Policy("ns[shop]-policy[" + name + "]-rule[0]", condition);
  }

  private static InboundFilter allow(List<Policy> policies) {
    return InboundFilter.Rbac.enforcing(InboundFilter.Action.ALLOW, policies);
  }

  private static InboundFilter deny(List<Policy> policies) {
    return InboundFilter.Rbac.enforcing(InboundFilter.Action.DENY, policies);
  }

  private void policies(List<Policy> denials, List<Policy> allowances, boolean allowing) {
    List<InboundFilter> filters = new ArrayList<>(List.of(deny(denials)));
    if (allowing) {
      filters.add(allow(allowances));
    }
    mesh.inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, filters));
  }

  private boolean allowed() {
    InboundStep step = mesh.engine.inbound(request).next();
    if (step instanceof InboundStep.Refuse refuse) {
      assertThat(refuse.answer()).isEqualTo(DENIED);
      return false;
    }
    return true;
  }

  private boolean holds(Condition condition) {
    policies(List.of(), List.of(policy("p", condition)), true);
    boolean allowed = allowed();
    policies(List.of(policy("p", condition)), List.of(), false);
    assertThat(allowed()).as("the same as a denial").isEqualTo(!allowed);
    return allowed;
  }

  static Stream<Arguments> orders() {
    List<Policy> none = List.of();
    Policy matching = policy("yes", ALWAYS);
    Policy other = policy("no", NEVER);
    Policy unknown = policy("unknown", UNKNOWN);
    return Stream.of(
        Arguments.of("no policy", none, none, false, true),
        Arguments.of("ALLOW without rules", none, none, true, false),
        Arguments.of("an ALLOW matches", none, List.of(other, matching), true, true),
        Arguments.of("no ALLOW matches", none, List.of(other), true, false),
        Arguments.of("a DENY matches", List.of(other, matching), none, false, false),
        Arguments.of("DENY before ALLOW", List.of(matching), List.of(matching), true, false),
        Arguments.of("no DENY matches", List.of(other), none, false, true),
        Arguments.of("unknown DENY", List.of(unknown), List.of(matching), true, false),
        Arguments.of("unknown ALLOW", none, List.of(unknown), true, false),
        Arguments.of("unknown before a match", none, List.of(unknown, matching), true, false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("orders")
  void deniesFirst(
      String name,
      List<Policy> denials,
      List<Policy> allowances,
      boolean allowing,
      boolean expected) {
    policies(denials, allowances, allowing);
    assertThat(allowed()).as(name).isEqualTo(expected);
  }

  @Test
  void refusesWhatItDoesNotUnderstandUnderEveryOperator() {
    for (Condition condition :
        List.of(
            new Condition.Not(UNKNOWN),
            new Condition.Not(new Condition.Not(UNKNOWN)),
            new Condition.AllOf(List.of(ALWAYS, UNKNOWN)),
            new Condition.AnyOf(List.of(NEVER, UNKNOWN, ALWAYS)),
            new Condition.Not(new Condition.AllOf(List.of(UNKNOWN, NEVER))))) {
      policies(List.of(), List.of(policy("allow", condition)), true);
      assertThat(allowed()).as("ALLOW %s", condition).isFalse();
      policies(List.of(policy("deny", condition)), List.of(), false);
      assertThat(allowed()).as("DENY %s", condition).isFalse();
    }
  }

  @Test
  void evaluatesConditions() {
    assertThat(holds(new Condition.AllOf(List.of()))).isTrue();
    assertThat(holds(new Condition.AnyOf(List.of()))).isFalse();
    assertThat(holds(new Condition.AllOf(List.of(ALWAYS, NEVER)))).isFalse();
    assertThat(holds(new Condition.AnyOf(List.of(NEVER, ALWAYS)))).isTrue();
    assertThat(holds(new Condition.DestinationPortIs(8080))).isTrue();
    assertThat(holds(new Condition.DestinationPortIs(9090))).isFalse();
    assertThat(holds(new Condition.PathIs(new StringMatch.Exact("/items", false)))).isTrue();
    assertThat(holds(new Condition.HeaderIs(Model.header(":method", "GET")))).isTrue();
    assertThat(holds(new Condition.HeaderIs(Model.header(":method", "POST")))).isFalse();
    assertThat(holds(new Condition.HeaderIs(Model.header(":authority", "catalog:8080")))).isTrue();
    request.headers.put("x", "1");
    assertThat(holds(new Condition.HeaderIs(Model.header("x", "1")))).isTrue();
    assertThat(holds(new Condition.HeaderIs(new HeaderMatch("y", new StringMatch.Present(), true))))
        .isTrue();
  }

  /**
   * What a caller says of itself for telemetry decides nothing, and the application never sees it.
   */
  @Test
  void peerMetadataIsForTelemetryAlone() {
    for (String name : List.of(PeerMetadata.HEADER, PeerMetadata.ID_HEADER)) {
      request.headers.put(name, "claimed");
      assertThat(holds(new Condition.HeaderIs(Model.header(name, "claimed")))).isFalse();
      assertThat(
              holds(new Condition.HeaderIs(new HeaderMatch(name, new StringMatch.Present(), true))))
          .isTrue();
    }
    assertThat(mesh.inbound().engine.inbound(request).next())
        .isInstanceOfSatisfying(
            InboundStep.Proceed.class,
            proceed ->
                assertThat(proceed.requestHeaders().remove())
                    .contains(PeerMetadata.HEADER, PeerMetadata.ID_HEADER));
  }

  /** Only the TLS peer's proved identity counts; whoever has none is nobody. */
  @Test
  void knowsPeersByTheirCertificatesOnly() {
    Condition storefront = new Condition.PeerIs(new StringMatch.Exact(STOREFRONT, false));
    Condition anybody = new Condition.PeerIs(new StringMatch.Present());
    assertThat(holds(storefront)).isTrue();
    assertThat(holds(anybody)).isTrue();
    request.peerId = null;
    request.headers.put("x-forwarded-client-cert", "URI=" + STOREFRONT);
    assertThat(holds(storefront)).isFalse();
    assertThat(holds(anybody)).isFalse();
    assertThat(holds(new Condition.Not(storefront))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "/admin",
    "/public/../admin",
    "/%61dmin",
    "/x/%2e%2e/admin",
    "\\admin",
    "http://x/admin"
  })
  void judgesTheNormalizedPath(String path) {
    policies(
        List.of(policy("d", new Condition.PathIs(new StringMatch.Exact("/admin", false)))),
        List.of(),
        false);
    request.path = path;
    assertThat(allowed()).isFalse();
  }

  /** Istio judges what is written; the server behind it reads all of these as {@code /admin}. */
  @ParameterizedTest
  @CsvSource({"//admin", "/admin;x=y", "/;/admin", "/public/..;/admin", "/public/..%2Fadmin"})
  void judgesWhatAServerMayReadAsWell(String path) {
    Condition admin = new Condition.PathIs(new StringMatch.Exact("/admin", false));
    request.path = path;
    policies(List.of(policy("no-admin", admin)), List.of(), false);
    assertThat(allowed()).isFalse();
    policies(List.of(), List.of(policy("no-admin", new Condition.Not(admin))), true);
    assertThat(allowed()).isFalse();
    policies(List.of(), List.of(policy("admin", admin)), true);
    assertThat(allowed()).isFalse();
    policies(
        List.of(),
        List.of(
            policy("admin", admin),
            policy("written", new Condition.PathIs(new StringMatch.Prefix("/", false)))),
        true);
    assertThat(allowed()).isTrue();
  }

  @Test
  void tellsThePolicyToTelemetryAndNotToTheCaller() {
    policies(List.of(policy("no-entry", ALWAYS)), List.of(), false);
    InboundCall call = mesh.engine.inbound(request);
    assertThat(call.next()).isEqualTo(new InboundStep.Refuse(DENIED));
    call.completed();
    call.completed();
    assertThat(mesh.telemetry.events)
        .containsExactly("inbound", "inbound ended 403 - by ns[shop]-policy[no-entry]-rule[0]");
  }

  /** Envoy, Utility::sendLocalReply: PERMISSION_DENIED in a response of headers alone. */
  @Test
  void refusesAGrpcCallInItsOwnTerms() {
    policies(List.of(policy("no-entry", ALWAYS)), List.of(), false);
    request.headers.put("content-type", "application/grpc");
    InboundCall call = mesh.engine.inbound(request);
    assertThat(call.next())
        .isEqualTo(
            new InboundStep.Refuse(
                new Answer(
                    200,
                    List.of(
                        new Header("content-type", "application/grpc"),
                        new Header("grpc-status", "7"),
                        new Header("grpc-message", DENIED.body())),
                    "",
                    DENIED.flag())));
  }

  @Test
  void namesTheAllowPoliciesThatDidNotMatch() {
    policies(
        List.of(),
        List.of(
            new Policy("ns[shop]-policy[a]-rule[0]", NEVER),
            new Policy("ns[shop]-policy[a]-rule[1]", NEVER),
            new Policy("ns[shop]-policy[b]-rule[0]", NEVER)),
        true);
    InboundCall call = mesh.engine.inbound(request);
    call.next();
    call.completed();
    assertThat(mesh.telemetry.events)
        .endsWith("inbound ended 403 - by ns[shop]-policy[a],ns[shop]-policy[b]");
  }

  @Test
  void observesTheResponse() {
    InboundCall call = mesh.engine.inbound(request);
    assertThat(call.context()).isSameAs(mesh.telemetry.context);
    assertThat(call.next()).isInstanceOf(InboundStep.Proceed.class);
    call.responded(200, HeaderSource.NONE);
    call.failed(new IOException());
    assertThat(mesh.telemetry.events).endsWith("inbound ended 200 DC by null failed");
  }

  /** A connection that was let in before the port became STRICT. */
  @Test
  void strictRefusesARequestWithoutIdentity() {
    mesh.inbound(new InboundListener(8080, MutualTlsMode.STRICT, List.of()));
    assertThat(allowed()).isTrue();
    request.peerId = null;
    assertThat(allowed()).isFalse();
  }

  @Test
  void aPortWithoutConfigurationIsAsStrictAsTheStrictestThatHasSome() {
    mesh.inbound(new InboundListener(9090, MutualTlsMode.STRICT, List.of(allow(List.of()))));
    assertThat(mesh.engine.listeningPorts().mode(8080)).isEqualTo(MutualTlsMode.STRICT);
    assertThat(mesh.engine.inbound(request).next())
        .as("an authenticated request: nobody knows whether a policy denies it")
        .isInstanceOfSatisfying(
            InboundStep.Refuse.class, step -> assertThat(step.answer().status()).isEqualTo(503));
    request.peerId = null;
    assertThat(mesh.engine.inbound(request).next()).isEqualTo(new InboundStep.Refuse(DENIED));
    mesh.inbound(new InboundListener(8080, MutualTlsMode.PERMISSIVE, List.of()));
    assertThat(mesh.engine.inbound(request).next()).isInstanceOf(InboundStep.Proceed.class);
  }

  @Test
  void initialModeRulesPortsWithoutConfiguration() {
    request.peerId = null;
    assertThat(new EngineFixture(MutualTlsMode.PERMISSIVE, 1).engine.inbound(request).next())
        .isInstanceOf(InboundStep.Proceed.class);
    assertThat(new EngineFixture(MutualTlsMode.STRICT, 1).engine.inbound(request).next())
        .isInstanceOf(InboundStep.Refuse.class);
  }

  @Test
  void waitsForAVerdictFromOutside() {
    CompletableFuture<Verdict> authorizer = new CompletableFuture<>();
    RecordingTelemetry telemetry = new RecordingTelemetry();
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(facts -> new Verdict.Pending(authorizer)),
            request,
            telemetry.inbound(request));
    InboundStep wait = call.next();
    assertThat(wait).isInstanceOf(InboundStep.Wait.class);
    assertThat(call.next()).as("asking early").isEqualTo(wait);
    authorizer.complete(new Verdict.Denied(DENIED, "ext_authz"));
    assertThat(Objects.requireNonNull(wait)).isEqualTo(new InboundStep.Wait(authorizer));
    assertThat(call.next()).isEqualTo(new InboundStep.Refuse(DENIED)).isEqualTo(call.next());
    call.completed();
    assertThat(telemetry.events).endsWith("inbound ended 403 - by ext_authz");
  }

  @Test
  void aJudgeThatFailsClosesTheConnection() {
    JudgedCall call =
        new JudgedCall(
            PortJudge.of(
                facts -> {
                  throw new IllegalStateException("a defect");
                }),
            request,
            mesh.telemetry.inbound(request));
    assertThatThrownBy(call::next).hasMessage("a defect");
    JudgedCall later =
        new JudgedCall(
            PortJudge.of(
                facts ->
                    new Verdict.Pending(CompletableFuture.failedFuture(new IOException("away")))),
            request,
            mesh.telemetry.inbound(request));
    later.next();
    assertThatThrownBy(later::next).hasRootCauseMessage("away");
  }
}
