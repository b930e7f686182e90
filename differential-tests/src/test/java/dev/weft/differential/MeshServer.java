package dev.weft.differential;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;

/**
 * The mesh's server that both sides call is Envoy's: it tells the upstream behind it in headers
 * what it was asked for and shown in mutual TLS, and adds nothing else.
 */
final class MeshServer {

  /** Its cluster's, too. */
  static final String NAME = "mesh-server";

  private MeshServer() {}

  static HttpConnectionManager manager() {
    return HttpConnectionManager.newBuilder()
        .setStatPrefix(NAME)
        .setGenerateRequestId(BoolValue.of(false))
        .setSkipXffAppend(true)
        .setForwardClientCertDetails(ForwardClientCertDetails.FORWARD_ONLY)
        .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
        .setRouteConfig(
            RouteConfiguration.newBuilder()
                .addRequestHeadersToAdd(header("x-asked-for", "%REQUESTED_SERVER_NAME%"))
                .addRequestHeadersToAdd(header("x-shown", "%DOWNSTREAM_PEER_URI_SAN%"))
                .addRequestHeadersToRemove("x-forwarded-proto")
                // The same for both.
                .addResponseHeadersToAdd(header("date", "Thu, 01 Jan 1970 00:00:00 GMT"))
                .addVirtualHosts(
                    VirtualHost.newBuilder()
                        .setName("all")
                        .addDomains("*")
                        .addRoutes(
                            Route.newBuilder()
                                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                .setRoute(RouteAction.newBuilder().setCluster(NAME)))))
        .addHttpFilters(
            HttpFilter.newBuilder()
                .setName("envoy.filters.http.router")
                .setTypedConfig(
                    Any.pack(Router.newBuilder().setSuppressEnvoyHeaders(true).build())))
        .build();
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .build();
  }
}
