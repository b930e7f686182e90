package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.Header;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundFilter.Authorizer;
import dev.weft.engine.model.InboundFilter.BufferSettings;
import dev.weft.engine.model.InboundFilter.ShadowMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.AuthorizationRequest;
import dev.weft.xds.proto.AuthorizationResponse;
import dev.weft.xds.proto.ExtAuthz;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HttpService;
import dev.weft.xds.proto.ListStringMatcher;
import dev.weft.xds.proto.MetadataMatcher;
import dev.weft.xds.proto.StringMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Envoy's extensions.filters.http.ext_authz.v3.ExtAuthz. What is not understood is refused. */
final class ExtAuthzTranslator {

  static final String FILTER = "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz";

  private static final String RBAC_FILTER = "envoy.filters.http.rbac";
  private static final String POLICY_ID = "shadow_effective_policy_id";
  private static final Duration TIMEOUT = Duration.ofMillis(200);
  private static final int FORBIDDEN = 403;

  private static final int[] HARMLESS = {
    6, // clear_route_cache
    10, // include_peer_certificate
    12, // transport_api_version
    13, // stat_prefix
    20, // charge_cluster_response_stats
    29 // emit_filter_state_stats
  };

  private final Findings findings;

  ExtAuthzTranslator(Findings findings) {
    this.findings = findings;
  }

  InboundFilter.ExternalAuthorization filter(Any config, String at) throws ResourceRefused {
    ExtAuthz authz = Values.unpack(config, ExtAuthz.parser(), at, findings);
    findings.refuseUnread(authz, at, HARMLESS);
    int status = authz.getStatusOnError().getCodeValue();
    ShadowMatch when =
        authz.hasFilterEnabledMetadata()
            ? when(authz.getFilterEnabledMetadata(), at + ".filter_enabled_metadata")
            : null;
    @Nullable BufferSettings body =
        authz.hasWithRequestBody()
            ? body(authz.getWithRequestBody(), at + ".with_request_body")
            : null;
    return switch (authz.getServicesCase()) {
      case GRPC_SERVICE -> {
        GrpcService service = authz.getGrpcService();
        if (!service.hasEnvoyGrpc()) {
          throw findings.refusal(at + ".grpc_service", "only envoy_grpc is supported");
        }
        findings.refuseUnread(service, at + ".grpc_service");
        if (service.getInitialMetadataCount() > 0) {
          throw findings.refusal(at + ".grpc_service.initial_metadata", "is not supported");
        }
        String cluster = service.getEnvoyGrpc().getClusterName();
        String authority = service.getEnvoyGrpc().getAuthority();
        yield new InboundFilter.ExternalAuthorization(
            when,
            new Authorizer.Grpc(cluster, authority.isEmpty() ? cluster : authority),
            service.hasTimeout() ? Values.duration(service.getTimeout()) : TIMEOUT,
            authz.getFailureModeAllow(),
            status == 0 ? FORBIDDEN : status,
            body);
      }
      case HTTP_SERVICE -> {
        HttpService service = authz.getHttpService();
        findings.refuseUnread(service, at + ".http_service");
        yield new InboundFilter.ExternalAuthorization(
            when,
            http(service, at + ".http_service"),
            service.getServerUri().hasTimeout()
                ? Values.duration(service.getServerUri().getTimeout())
                : TIMEOUT,
            authz.getFailureModeAllow(),
            status == 0 ? FORBIDDEN : status,
            body);
      }
      case SERVICES_NOT_SET -> throw findings.refusal(at, "nobody to ask");
    };
  }

  private BufferSettings body(dev.weft.xds.proto.BufferSettings settings, String at)
      throws ResourceRefused {
    findings.refuseUnread(settings, at);
    if (settings.getMaxRequestBytes() == 0) {
      throw findings.refusal(at + ".max_request_bytes", "must be greater than 0");
    }
    return new BufferSettings(
        Integer.toUnsignedLong(settings.getMaxRequestBytes()),
        settings.getAllowPartialMessage(),
        settings.getPackAsBytes());
  }

  /** By the policy that the RBAC filter before it found in its shadow rules, as Istio has it. */
  private ShadowMatch when(MetadataMatcher matcher, String at) throws ResourceRefused {
    findings.refuseUnread(matcher, at);
    String key = matcher.getPathCount() == 1 ? matcher.getPath(0).getKey() : "";
    if (!matcher.getFilter().equals(RBAC_FILTER)
        || !key.endsWith(POLICY_ID)
        || matcher.getInvert()
        || !matcher.getValue().hasStringMatch()) {
      throw findings.refusal(at, "anything but a policy of RBAC's shadow rules");
    }
    return new ShadowMatch(
        key.substring(0, key.length() - POLICY_ID.length()),
        Matchers.string(matcher.getValue().getStringMatch(), at, findings));
  }

  private Authorizer.Http http(HttpService service, String at) throws ResourceRefused {
    AuthorizationRequest request = service.getAuthorizationRequest();
    AuthorizationResponse response = service.getAuthorizationResponse();
    findings.refuseUnread(request, at + ".authorization_request");
    findings.refuseUnread(response, at + ".authorization_response");
    List<Header> added =
        request.getHeadersToAddList().stream()
            .map(header -> new Header(header.getKey().toLowerCase(Locale.ROOT), header.getValue()))
            .toList();
    @Nullable List<StringMatch> toClient =
        response.hasAllowedClientHeaders() ? names(response.getAllowedClientHeaders(), at) : null;
    return new Authorizer.Http(
        service.getServerUri().getCluster(),
        service.getPathPrefix(),
        names(request.getAllowedHeaders(), at),
        added,
        names(response.getAllowedUpstreamHeaders(), at),
        toClient,
        names(response.getAllowedClientHeadersOnSuccess(), at));
  }

  private List<StringMatch> names(ListStringMatcher matchers, String at) throws ResourceRefused {
    List<StringMatch> names = new ArrayList<>();
    for (StringMatcher matcher : matchers.getPatternsList()) {
      names.add(Matchers.string(matcher, at, findings));
    }
    return names;
  }
}
