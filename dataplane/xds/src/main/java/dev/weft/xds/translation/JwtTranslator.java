package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.JwtProvider.ClaimHeader;
import dev.weft.engine.model.JwtProvider.FromHeader;
import dev.weft.engine.model.JwtProvider.Keys;
import dev.weft.engine.model.JwtRequirement.AllOf;
import dev.weft.engine.model.JwtRequirement.AnyOf;
import dev.weft.engine.model.JwtRequirement.Token;
import dev.weft.xds.proto.HttpUri;
import dev.weft.xds.proto.JwtAuthentication;
import dev.weft.xds.proto.JwtProvider;
import dev.weft.xds.proto.JwtRequirement;
import dev.weft.xds.proto.RemoteJwks;
import dev.weft.xds.proto.RequirementRule;
import dev.weft.xds.proto.RouteMatch;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's extensions.filters.http.jwt_authn.v3.JwtAuthentication, with one rule for all requests,
 * as Istio has it. What is not understood is refused as a whole.
 */
final class JwtTranslator {

  static final String FILTER = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";

  private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);
  private static final Duration CACHE = Duration.ofMinutes(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int STAT_PREFIX = 7;

  private static final int[] PROVIDER_HARMLESS = {
    12, // jwt_cache_config
    14, // header_in_metadata
    16, // failed_status_in_metadata
    17 // clear_route_cache
  };
  private static final int[] REMOTE_HARMLESS = {
    3, // async_fetch
    4 // retry_policy
  };

  private final Findings findings;
  private final Map<String, dev.weft.engine.model.JwtProvider> providers = new TreeMap<>();

  JwtTranslator(Findings findings) {
    this.findings = findings;
  }

  InboundFilter filter(Any config, String at) throws ResourceRefused {
    JwtAuthentication jwt = Values.unpack(config, JwtAuthentication.parser(), at, findings);
    findings.refuseUnread(jwt, at, STAT_PREFIX);
    for (Map.Entry<String, JwtProvider> each : new HashMap<>(jwt.getProvidersMap()).entrySet()) {
      providers.put(
          each.getKey(), provider(each.getValue(), at + ".providers[" + each.getKey() + "]"));
    }
    if (jwt.getRulesCount() != 1 || !matchesAll(jwt.getRules(0))) {
      throw findings.refusal(at + ".rules", "only one rule, for all requests, is supported");
    }
    JwtRequirement requires = jwt.getRules(0).getRequires();
    dev.weft.engine.model.JwtRequirement requirement =
        requirement(requires, at + ".rules[0].requires");
    if (requirement == null) {
      throw findings.refusal(at + ".rules[0].requires", "allow_missing stands alone");
    }
    return new InboundFilter.JwtAuthentication(
        requirement, List.copyOf(providers.values()), jwt.getBypassCorsPreflight());
  }

  private static boolean matchesAll(RequirementRule rule) {
    return rule.hasRequires()
        && UnreadFields.of(rule).isEmpty()
        && rule.getMatch().equals(RouteMatch.newBuilder().setPrefix("/").build());
  }

  /** Null: none at all will do. */
  private dev.weft.engine.model.@Nullable JwtRequirement requirement(
      JwtRequirement requirement, String at) throws ResourceRefused {
    return switch (requirement.getRequiresTypeCase()) {
      case PROVIDER_NAME -> {
        dev.weft.engine.model.JwtProvider provider = providers.get(requirement.getProviderName());
        if (provider == null) {
          throw findings.refusal(at, "no provider " + requirement.getProviderName());
        }
        yield new Token(provider);
      }
      case REQUIRES_ANY -> {
        List<dev.weft.engine.model.JwtRequirement> any = new ArrayList<>();
        boolean orNone = false;
        for (JwtRequirement each : requirement.getRequiresAny().getRequirementsList()) {
          dev.weft.engine.model.JwtRequirement one = requirement(each, at + ".requires_any");
          orNone |= one == null;
          if (one != null) {
            any.add(one);
          }
        }
        yield new AnyOf(any, orNone);
      }
      case REQUIRES_ALL -> {
        List<dev.weft.engine.model.JwtRequirement> all = new ArrayList<>();
        for (JwtRequirement each : requirement.getRequiresAll().getRequirementsList()) {
          dev.weft.engine.model.JwtRequirement one = requirement(each, at + ".requires_all");
          if (one != null) {
            all.add(one);
          }
        }
        yield new AllOf(all);
      }
      case ALLOW_MISSING -> null;
      case REQUIRESTYPE_NOT_SET -> throw findings.refusal(at, "a requirement of unknown kind");
    };
  }

  private dev.weft.engine.model.JwtProvider provider(JwtProvider provider, String at)
      throws ResourceRefused {
    findings.refuseUnread(provider, at, PROVIDER_HARMLESS);
    String metadata = provider.getPayloadInMetadata();
    if (!metadata.isEmpty() && !metadata.equals(ConnectionConditions.JWT_PAYLOAD)) {
      findings.note(at + ".payload_in_metadata", "no condition sees it by that name");
    }
    List<FromHeader> headers =
        provider.getFromHeadersList().stream()
            .map(header -> new FromHeader(lower(header.getName()), header.getValuePrefix()))
            .toList();
    List<ClaimHeader> claims =
        provider.getClaimToHeadersList().stream()
            .map(claim -> new ClaimHeader(lower(claim.getHeaderName()), claim.getClaimName()))
            .toList();
    String payload = lower(provider.getForwardPayloadHeader());
    int skew = provider.getClockSkewSeconds();
    return new dev.weft.engine.model.JwtProvider(
        provider.getIssuer(),
        provider.getAudiencesList(),
        keys(provider, at),
        provider.getForward(),
        headers,
        provider.getFromParamsList(),
        provider.getFromCookiesList(),
        payload.isEmpty() ? null : payload,
        claims,
        Set.copyOf(provider.getNormalizePayloadInMetadata().getSpaceDelimitedClaimsList()),
        metadata.equals(ConnectionConditions.JWT_PAYLOAD),
        skew == 0 ? CLOCK_SKEW : Duration.ofSeconds(Values.clamped(skew)));
  }

  private Keys keys(JwtProvider provider, String at) throws ResourceRefused {
    return switch (provider.getJwksSourceSpecifierCase()) {
      case LOCAL_JWKS ->
          new Keys.Inline(Values.text(provider.getLocalJwks(), at + ".local_jwks", findings));
      case REMOTE_JWKS -> {
        RemoteJwks remote = provider.getRemoteJwks();
        findings.refuseUnread(remote, at + ".remote_jwks", REMOTE_HARMLESS);
        HttpUri uri = remote.getHttpUri();
        if (!isHttp(uri.getUri())) {
          throw findings.refusal(at + ".remote_jwks.http_uri", "not a URI: " + uri.getUri());
        }
        yield new Keys.Remote(
            uri.getUri(),
            uri.getCluster(),
            uri.hasTimeout() ? Values.duration(uri.getTimeout()) : TIMEOUT,
            remote.hasCacheDuration() ? Values.duration(remote.getCacheDuration()) : CACHE);
      }
      case JWKSSOURCESPECIFIER_NOT_SET -> throw findings.refusal(at, "keys of an unknown source");
    };
  }

  private static boolean isHttp(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
