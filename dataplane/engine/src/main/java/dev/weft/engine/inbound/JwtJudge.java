package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.JwtTokens.Token;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.ClaimHeader;
import dev.weft.engine.model.JwtRequirement;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.JwtVerifier.Failed;
import dev.weft.engine.spi.JwtVerifier.Fetching;
import dev.weft.engine.spi.JwtVerifier.Verified;
import dev.weft.engine.spi.MeshRequests;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Envoy's JWT authentication filter, with its answers. */
final class JwtJudge implements Judge {

  private static final String MISSING = "Jwt is missing";
  private static final String UNKNOWN_ISSUER = "Jwt issuer is not configured";
  private static final int LONGEST_PATH = 256;

  private final JwtVerifier verifier;
  private final MeshRequests mesh;
  private final JwtRequirement requirement;
  private final boolean passPreflights;
  private final Map<JwtProvider, JwtTokens> tokens = new HashMap<>();

  /** Takes away what only a verified token may say. */
  private final HeaderEdits sanitizing;

  JwtJudge(InboundFilter.JwtAuthentication filter, JwtVerifier verifier, MeshRequests mesh) {
    this.verifier = verifier;
    this.mesh = mesh;
    requirement = filter.requirement();
    passPreflights = filter.passPreflights();
    Set<String> headers = new LinkedHashSet<>();
    for (JwtProvider provider : filter.providers()) {
      tokens.put(provider, new JwtTokens(provider));
      String payload = provider.payloadHeader();
      if (payload != null) {
        headers.add(payload);
      }
      provider.claimHeaders().forEach(each -> headers.add(each.header()));
    }
    sanitizing = new HeaderEdits(List.copyOf(headers), List.of(), List.of());
  }

  /** What became of a requirement: it is met if nothing is wrong. */
  private record Outcome(
      @Nullable Failed wrong, @Nullable Fetching fetching, List<Accepted> accepted) {

    static final Outcome MET = new Outcome(null, null, List.of());

    boolean met() {
      return wrong == null && fetching == null;
    }
  }

  private record Accepted(JwtProvider provider, Token token, Verified verified) {}

  @Override
  public Verdict judge(Facts facts) {
    if (passPreflights && isPreflight(facts.request)) {
      return new Verdict.Granted(sanitizing, HeaderEdits.NONE, null);
    }
    Outcome outcome = judge(requirement, facts);
    if (outcome.fetching != null) {
      return new Verdict.Later(outcome.fetching.until());
    }
    return outcome.wrong != null ? refusal(outcome.wrong, facts) : granted(outcome.accepted);
  }

  private static boolean isPreflight(InboundRequest request) {
    return request.method().equals("OPTIONS")
        && request.header("origin") != null
        && request.header("access-control-request-method") != null;
  }

  private Outcome judge(JwtRequirement requirement, Facts facts) {
    if (requirement instanceof JwtRequirement.Token token) {
      return judge(token.provider(), facts);
    }
    if (requirement instanceof JwtRequirement.AnyOf any) {
      return anyOf(any, facts);
    }
    List<Accepted> accepted = new ArrayList<>();
    for (JwtRequirement each : ((JwtRequirement.AllOf) requirement).requirements()) {
      Outcome outcome = judge(each, facts);
      if (!outcome.met()) {
        return outcome;
      }
      accepted.addAll(outcome.accepted);
    }
    return new Outcome(null, null, accepted);
  }

  /** Of several failures, one that says more than that a token is another's, or not there. */
  private Outcome anyOf(JwtRequirement.AnyOf any, Facts facts) {
    Outcome worst = null;
    for (JwtRequirement each : any.requirements()) {
      Outcome outcome = judge(each, facts);
      if (outcome.met()) {
        return outcome;
      }
      if (worst == null || weight(outcome) >= weight(worst)) {
        worst = outcome;
      }
    }
    return worst == null || (any.orNone() && weight(worst) == 0) ? Outcome.MET : worst;
  }

  private static int weight(Outcome outcome) {
    Failed wrong = outcome.wrong;
    if (wrong == null) {
      return 3;
    }
    return switch (wrong.words()) {
      case MISSING -> 0;
      case UNKNOWN_ISSUER -> 1;
      default -> 2;
    };
  }

  /**
   * All of them must be good: the application may read any. The last one is looked at first, as in
   * Envoy.
   */
  private Outcome judge(JwtProvider provider, Facts facts) {
    JwtTokens places = tokens.get(provider);
    List<Token> found = places == null ? List.of() : places.of(facts);
    List<Accepted> accepted = new ArrayList<>(1);
    for (int i = found.size() - 1; i >= 0; i--) {
      Token token = found.get(i);
      JwtVerifier.Outcome outcome = verifier.verify(token.text(), provider, mesh);
      if (outcome instanceof Failed failed) {
        return new Outcome(failed, null, List.of());
      } else if (outcome instanceof Fetching fetching) {
        return new Outcome(null, fetching, List.of());
      }
      accepted.add(new Accepted(provider, token, (Verified) outcome));
    }
    return accepted.isEmpty()
        ? new Outcome(new Failed(MISSING, 401), null, List.of())
        : new Outcome(null, null, accepted);
  }

  private Verdict granted(List<Accepted> accepted) {
    if (accepted.isEmpty() && sanitizing.isEmpty()) {
      return Verdict.Granted.INSTANCE;
    }
    List<String> removed = new ArrayList<>(sanitizing.remove());
    List<Header> set = new ArrayList<>();
    Set<String> parameters = new HashSet<>();
    Map<String, Object> claims = null;
    for (Accepted each : accepted) {
      JwtProvider provider = each.provider;
      String header = each.token.header();
      if (!provider.forward() && header != null) {
        removed.add(header);
      }
      // One in a cookie stays, as in Envoy.
      if (!provider.forward() && each.token.parameter() != null) {
        parameters.add(each.token.parameter());
      }
      String payload = provider.payloadHeader();
      if (payload != null) {
        set.add(new Header(payload, each.verified.payload()));
      }
      for (ClaimHeader claim : provider.claimHeaders()) {
        String value = text(each.verified.claims(), claim.claim());
        if (value != null) {
          set.add(new Header(claim.header(), value));
        }
      }
      if (provider.exposed()) {
        claims = exposed(provider, each.verified.claims());
      }
    }
    return new Verdict.Granted(
        new HeaderEdits(removed, set, List.of()),
        HeaderEdits.NONE,
        new QueryEdits(parameters, Map.of()),
        claims);
  }

  private static Map<String, Object> exposed(JwtProvider provider, Map<String, ?> claims) {
    Map<String, Object> exposed = new HashMap<>(claims);
    for (String name : provider.spaceDelimited()) {
      if (exposed.get(name) instanceof String text) {
        exposed.put(name, Arrays.stream(text.split(" ", -1)).filter(s -> !s.isEmpty()).toList());
      }
    }
    return exposed;
  }

  /** Fractions with six digits; lists and objects as JSON, encoded. */
  private static @Nullable String text(Map<String, ?> claims, String path) {
    Object value = claims.get(path);
    if (value == null) {
      value = claims;
      for (String name : path.split("\\.", -1)) {
        value = value instanceof Map<?, ?> fields ? fields.get(name) : null;
      }
    }
    if (value instanceof Double number) {
      boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
      return whole ? Long.toString(number.longValue()) : String.format(Locale.ROOT, "%f", number);
    }
    if (value instanceof Map<?, ?> || value instanceof List<?>) {
      byte[] json = Json.text(value).getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(json);
    }
    if (!(value instanceof String || value instanceof Number || value instanceof Boolean)) {
      return null;
    }
    // What can't stand in a header must not get there by a token either.
    String text = value.toString();
    return text.chars().noneMatch(c -> c < ' ' || c == 0x7f) ? text : null;
  }

  private static Verdict refusal(Failed wrong, Facts facts) {
    String path = facts.target();
    path = path.substring(0, Math.min(path.length(), LONGEST_PATH)).replace("\"", "%22");
    String realm = "http://" + facts.request.authority() + path;
    String challenge =
        "Bearer realm=\""
            + realm
            + "\""
            + (wrong.words().equals(MISSING) ? "" : ", error=\"invalid_token\"");
    return new Verdict.Denied(
        new Answer(
            wrong.status(),
            List.of(
                new Header("www-authenticate", challenge),
                new Header("content-type", "text/plain")),
            wrong.words(),
            ResponseFlag.NONE),
        "jwt_authn_access_denied{" + wrong.words().replace(' ', '_') + "}");
  }
}
