package dev.weft.config.agent;

import com.google.protobuf.Duration;
import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.AuthorizationByHttp;
import dev.weft.config.model.ExtensionProvider.ExternalAuthorizer;
import dev.weft.config.model.ExtensionProvider.RequestBodyInCheck;
import dev.weft.config.model.MeshModel;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import java.util.List;
import java.util.Optional;

/** A provider of external authorization as Envoy's filter, asked about what RBAC found before. */
final class ExtAuthz {

  /** Istio's name for what RBAC's shadow rules leave to this filter. */
  static final String SHADOW_PREFIX = "istio_ext_authz_";

  private final MeshModel model;
  private final ProviderClusters clusters;

  ExtAuthz(MeshModel model) {
    this.model = model;
    clusters = new ProviderClusters(model);
  }

  /** Begins the names of the policies by which a provider is asked. */
  static String policyPrefix(String provider) {
    return "istio-ext-authz-" + provider + "-";
  }

  /** Empty if there is no such provider, or nothing has its host and port. */
  Optional<HttpFilter> filter(String provider) {
    Optional<ExtensionProvider> found = model.settings().config().provider(provider);
    if (found.isEmpty() || !(found.get() instanceof ExternalAuthorizer authorizer)) {
      return Optional.empty();
    }
    return clusters
        .find(authorizer.service(), authorizer.port())
        .map(cluster -> filter(authorizer, cluster));
  }

  private static HttpFilter filter(ExternalAuthorizer authorizer, ClusterName cluster) {
    var filter =
        io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz.newBuilder()
            .setTransportApiVersion(ApiVersion.V3)
            .setFailureModeAllow(authorizer.failOpen())
            .setFilterEnabledMetadata(
                MetadataMatcher.newBuilder()
                    .setFilter(HttpFilters.RBAC)
                    .addPath(
                        MetadataMatcher.PathSegment.newBuilder()
                            .setKey(SHADOW_PREFIX + "shadow_effective_policy_id"))
                    .setValue(
                        ValueMatcher.newBuilder()
                            .setStringMatch(
                                StringMatcher.newBuilder()
                                    .setPrefix(policyPrefix(authorizer.name()) + "ns["))));
    Integer status = authorizer.statusOnError();
    if (status != null) {
      filter.setStatusOnError(HttpStatus.newBuilder().setCodeValue(status));
    }
    RequestBodyInCheck body = authorizer.body();
    if (body != null) {
      filter.setWithRequestBody(
          BufferSettings.newBuilder()
              .setMaxRequestBytes(body.maxBytes())
              .setAllowPartialMessage(body.allowPartial())
              .setPackAsBytes(body.asBytes()));
    }
    Duration timeout = Protos.duration(authorizer.timeout());
    AuthorizationByHttp http = authorizer.http();
    if (http != null) {
      filter.setHttpService(http(http, cluster, timeout));
    } else {
      filter.setGrpcService(
          GrpcService.newBuilder()
              .setEnvoyGrpc(
                  GrpcService.EnvoyGrpc.newBuilder()
                      .setClusterName(cluster.toString())
                      .setAuthority(ProviderClusters.authority(cluster)))
              .setTimeout(timeout));
    }
    return HttpFilters.extAuthz(filter.build());
  }

  /** By the field that Istio uses, which every version of Envoy understands. */
  @SuppressWarnings("deprecation")
  private static HttpService http(AuthorizationByHttp http, ClusterName cluster, Duration timeout) {
    HttpService.Builder service =
        HttpService.newBuilder()
            .setPathPrefix(http.pathPrefix())
            .setServerUri(
                HttpUri.newBuilder()
                    .setUri("http://" + cluster.host())
                    .setCluster(cluster.toString())
                    .setTimeout(timeout));
    AuthorizationRequest.Builder request = AuthorizationRequest.newBuilder();
    if (!http.requestHeaders().isEmpty()) {
      request.setAllowedHeaders(headers(http.requestHeaders()));
    }
    http.addedHeaders()
        .forEach(
            (name, value) ->
                request.addHeadersToAdd(HeaderValue.newBuilder().setKey(name).setValue(value)));
    AuthorizationResponse.Builder response = AuthorizationResponse.newBuilder();
    if (!http.toUpstreamOnAllow().isEmpty()) {
      response.setAllowedUpstreamHeaders(headers(http.toUpstreamOnAllow()));
    }
    if (!http.toDownstreamOnDeny().isEmpty()) {
      response.setAllowedClientHeaders(headers(http.toDownstreamOnDeny()));
    }
    if (!http.toDownstreamOnAllow().isEmpty()) {
      response.setAllowedClientHeadersOnSuccess(headers(http.toDownstreamOnAllow()));
    }
    return service.setAuthorizationRequest(request).setAuthorizationResponse(response).build();
  }

  private static ListStringMatcher headers(List<String> names) {
    ListStringMatcher.Builder matchers = ListStringMatcher.newBuilder();
    for (String name : names) {
      matchers.addPatterns(
          Protos.stringMatcher(RbacValues.wildcard(name)).toBuilder().setIgnoreCase(true));
    }
    return matchers.build();
  }
}
