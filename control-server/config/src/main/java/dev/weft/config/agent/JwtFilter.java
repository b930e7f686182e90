package dev.weft.config.agent;

import com.google.protobuf.Empty;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RequestAuthentication;
import dev.weft.config.model.RequestAuthentication.JwtRule;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtClaimToHeader;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtHeader;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementAndList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirementOrList;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RemoteJwks;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RequirementRule;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RequestAuthentications as Envoy's JWT filter: a token that is there has to be good, and one that
 * is missing is missed only where its rule says so.
 */
final class JwtFilter {

  /** PILOT_JWT_PUB_KEY_REFRESH_INTERVAL. */
  private static final Duration REFRESH = Duration.ofMinutes(20);

  private static final List<String> SPACE_DELIMITED = List.of("permission", "scope");
  private static final Pattern URI = Pattern.compile("(https?)://([^/:?#]+)(?::([0-9]+))?.*");

  private final MeshModel model;

  JwtFilter(MeshModel model) {
    this.model = model;
  }

  /**
   * @param namespace the workload's
   */
  Optional<HttpFilter> of(List<RequestAuthentication> policies, String namespace) {
    List<JwtRule> rules =
        policies.stream()
            .flatMap(policy -> policy.rules().stream())
            .sorted(Comparator.comparing(JwtRule::issuer))
            .toList();
    if (rules.isEmpty()) {
      return Optional.empty();
    }
    JwtAuthentication.Builder filter = JwtAuthentication.newBuilder().setBypassCorsPreflight(true);
    List<JwtRequirement> each = new ArrayList<>();
    List<JwtRequirement> all = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      String name = "origins-" + i;
      filter.putProviders(name, provider(rules.get(i), namespace));
      JwtRequirement provider = JwtRequirement.newBuilder().setProviderName(name).build();
      each.add(provider);
      all.add(rules.get(i).required() ? provider : any(List.of(provider, missing())));
    }
    JwtRequirement requirement = all.get(0);
    if (rules.size() > 1) {
      // The first of these is for several issuers whose tokens stand in the same place.
      List<JwtRequirement> options = new ArrayList<>(each);
      JwtRequirement every =
          JwtRequirement.newBuilder()
              .setRequiresAll(JwtRequirementAndList.newBuilder().addAllRequirements(all))
              .build();
      options.add(every);
      requirement = any(options);
    }
    filter.addRules(
        RequirementRule.newBuilder()
            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
            .setRequires(requirement));
    return Optional.of(HttpFilters.jwt(filter.build()));
  }

  private static JwtRequirement missing() {
    return JwtRequirement.newBuilder().setAllowMissing(Empty.getDefaultInstance()).build();
  }

  private static JwtRequirement any(List<JwtRequirement> requirements) {
    return JwtRequirement.newBuilder()
        .setRequiresAny(JwtRequirementOrList.newBuilder().addAllRequirements(requirements))
        .build();
  }

  private JwtProvider provider(JwtRule rule, String namespace) {
    TreeSet<String> spaceDelimited = new TreeSet<>(SPACE_DELIMITED);
    spaceDelimited.addAll(rule.spaceDelimited());
    JwtProvider.Builder provider =
        JwtProvider.newBuilder()
            .setIssuer(rule.issuer())
            .addAllAudiences(rule.audiences())
            .setForward(rule.forward())
            .setForwardPayloadHeader(rule.payloadHeader())
            .setPayloadInMetadata(JwtClaims.PAYLOAD)
            .setNormalizePayloadInMetadata(
                JwtProvider.NormalizePayload.newBuilder()
                    .addAllSpaceDelimitedClaims(spaceDelimited))
            .addAllFromParams(rule.fromParams())
            .addAllFromCookies(rule.fromCookies());
    rule.fromHeaders()
        .forEach(
            header ->
                provider.addFromHeaders(
                    JwtHeader.newBuilder().setName(header.name()).setValuePrefix(header.prefix())));
    rule.claimHeaders()
        .forEach(
            claim ->
                provider.addClaimToHeaders(
                    JwtClaimToHeader.newBuilder()
                        .setHeaderName(claim.header())
                        .setClaimName(claim.claim())));
    if (rule.jwks() != null) {
      provider.setLocalJwks(DataSource.newBuilder().setInlineString(rule.jwks()));
    } else {
      provider.setRemoteJwks(
          RemoteJwks.newBuilder()
              .setHttpUri(
                  HttpUri.newBuilder()
                      .setUri(rule.jwksUri())
                      .setCluster(cluster(rule.jwksUri(), namespace))
                      .setTimeout(Protos.duration(rule.timeout())))
              .setCacheDuration(Protos.duration(REFRESH)));
    }
    return provider.build();
  }

  /** Named as a call to that host and port would be, whether there is such a host or not. */
  private String cluster(String uri, String namespace) {
    Matcher parts = URI.matcher(uri);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a URI: " + uri);
    }
    String host = parts.group(2);
    int port =
        parts.group(3) != null
            ? Integer.parseInt(parts.group(3))
            : parts.group(1).equals("https") ? 443 : 80;
    String known =
        model
            .service(model.settings().qualify(host, namespace), namespace)
            .map(service -> model.settings().qualify(host, namespace))
            .orElse(host);
    return new ClusterName(port, "", known).toString();
  }
}
