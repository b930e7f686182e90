package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.UInt32Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.HeaderEdits;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RetryPolicy;
import dev.weft.config.model.RouteRule;
import dev.weft.config.model.Service;
import dev.weft.config.model.VirtualService;
import dev.weft.config.model.WeightedDestination;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction.RedirectResponseCode;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What becomes of the requests that one rule matches, in Envoy's form. */
final class RouteActions {

  private static final int HOST_SELECTION_ATTEMPTS = 5;
  private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";
  private static final String PREVIOUS_PRIORITIES = "envoy.retry_priorities.previous_priorities";

  /** Istio's: after two attempts, and after each two more. */
  private static final int PRIORITIES_UPDATE_FREQUENCY = 2;

  private final MeshModel model;
  private final VirtualService source;
  private final int port;
  private final ClientWorkload client;

  /**
   * @param source whose rules they are
   * @param port that is called
   */
  RouteActions(MeshModel model, VirtualService source, int port, ClientWorkload client) {
    this.model = model;
    this.source = source;
    this.port = port;
    this.client = client;
  }

  void set(Route.Builder route, RouteRule rule) {
    if (rule.action() instanceof RouteRule.Forward forward) {
      route.setRoute(forward(rule, forward));
    } else if (rule.action() instanceof RouteRule.Redirect redirect) {
      route.setRedirect(redirect(redirect));
    } else if (rule.action() instanceof RouteRule.Respond respond) {
      DirectResponseAction.Builder action =
          DirectResponseAction.newBuilder().setStatus(respond.status());
      if (!respond.body().isEmpty()) {
        action.setBody(
            respond.charset().equals(StandardCharsets.UTF_8)
                ? DataSource.newBuilder().setInlineString(respond.body())
                : DataSource.newBuilder()
                    .setInlineBytes(ByteString.copyFrom(respond.body(), respond.charset())));
      }
      route.setDirectResponse(action);
    }
  }

  private RouteAction forward(RouteRule rule, RouteRule.Forward forward) {
    RouteAction.Builder action = RouteAction.newBuilder();
    timeouts(action, rule.timeout() == null ? Duration.ZERO : rule.timeout());
    RetryPolicy retries =
        rule.retries() == null ? model.settings().config().retries() : rule.retries();
    if (retries.attempts() > 0) {
      action.setRetryPolicy(retries(retries));
    }
    rewrite(action, forward.rewrite(), HeaderOptions.authority(rule.requestHeaders()));
    for (RouteRule.Mirror mirror : forward.mirrors()) {
      if (mirror.percent() > 0) {
        action
            .addRequestMirrorPoliciesBuilder()
            .setCluster(destination(mirror.destination()).toString())
            .setRuntimeFraction(
                RuntimeFractionalPercent.newBuilder()
                    .setDefaultValue(HttpFilters.percent(mirror.percent())));
      }
    }
    List<WeightedDestination> destinations = forward.destinations();
    if (destinations.size() == 1 && !editsHeaders(destinations.get(0))) {
      return action.setCluster(destination(destinations.get(0)).toString()).build();
    }
    WeightedCluster.Builder split = WeightedCluster.newBuilder();
    for (WeightedDestination destination : destinations) {
      // One destination alone takes everything, whatever its weight.
      int weight = destinations.size() == 1 ? 100 : destination.weight();
      if (weight > 0) {
        split.addClusters(share(destination, weight));
      }
    }
    return action.setWeightedClusters(split).build();
  }

  private WeightedCluster.ClusterWeight.Builder share(WeightedDestination destination, int weight) {
    WeightedCluster.ClusterWeight.Builder share =
        WeightedCluster.ClusterWeight.newBuilder()
            .setName(destination(destination).toString())
            .setWeight(UInt32Value.of(weight))
            .addAllRequestHeadersToAdd(HeaderOptions.toAdd(destination.requestHeaders()))
            .addAllRequestHeadersToRemove(destination.requestHeaders().remove())
            .addAllResponseHeadersToAdd(HeaderOptions.toAdd(destination.responseHeaders()))
            .addAllResponseHeadersToRemove(destination.responseHeaders().remove());
    String authority = HeaderOptions.authority(destination.requestHeaders());
    return authority.isEmpty() ? share : share.setHostRewriteLiteral(authority);
  }

  /** As Istio's {@code setTimeout}: a gRPC call's own timeout holds, within the route's. */
  @SuppressWarnings("deprecation") // what replaces max_grpc_timeout bounds streams as well
  static void timeouts(RouteAction.Builder action, Duration timeout) {
    action.setTimeout(Protos.duration(timeout)).setMaxGrpcTimeout(Protos.duration(timeout));
  }

  /**
   * @param authority that the rule's edits give; {@code rewrite}'s own comes first
   */
  private static void rewrite(
      RouteAction.Builder action, RouteRule.Rewrite rewrite, String authority) {
    if (rewrite.regex() != null) {
      action.setRegexRewrite(
          RegexMatchAndSubstitute.newBuilder()
              .setPattern(Protos.regex(rewrite.regex().match()))
              .setSubstitution(rewrite.regex().rewrite()));
    } else if (!rewrite.uri().isEmpty()) {
      action.setPrefixRewrite(rewrite.uri());
    }
    String host = rewrite.authority().isEmpty() ? authority : rewrite.authority();
    if (!host.isEmpty()) {
      action.setHostRewriteLiteral(host);
    }
  }

  private RedirectAction redirect(RouteRule.Redirect redirect) {
    RedirectAction.Builder action =
        RedirectAction.newBuilder()
            .setHostRedirect(redirect.authority())
            .setResponseCode(
                switch (redirect.status()) {
                  case 302 -> RedirectResponseCode.FOUND;
                  case 303 -> RedirectResponseCode.SEE_OTHER;
                  case 307 -> RedirectResponseCode.TEMPORARY_REDIRECT;
                  case 308 -> RedirectResponseCode.PERMANENT_REDIRECT;
                  default -> RedirectResponseCode.MOVED_PERMANENTLY;
                });
    if (redirect.prefixRewrite().isEmpty()) {
      action.setPathRedirect(redirect.uri());
    } else {
      action.setPrefixRewrite(redirect.prefixRewrite());
    }
    String scheme = redirect.scheme().isEmpty() ? "http" : redirect.scheme();
    if (!redirect.scheme().isEmpty()) {
      action.setSchemeRedirect(scheme);
    }
    int target = redirect.portFromRequest() ? port : redirect.port() == null ? 0 : redirect.port();
    if (target != (scheme.equals("https") ? 443 : 80)) {
      action.setPortRedirect(target);
    }
    return action.build();
  }

  private ClusterName destination(WeightedDestination destination) {
    return destination(model, destination, source.metadata().namespace(), port, client);
  }

  /**
   * Istio's choice of port: that given, else the destination's only one, else that called.
   *
   * @param namespace whose short names the destination has
   */
  static ClusterName destination(
      MeshModel model,
      WeightedDestination destination,
      String namespace,
      int called,
      ClientWorkload client) {
    String host = model.settings().qualify(destination.host(), namespace);
    Optional<Service> service = model.service(host, client.namespace());
    int target = called;
    if (destination.port() != null) {
      target = destination.port();
    } else if (service.isPresent() && service.get().ports().size() == 1) {
      target = service.get().ports().get(0).number();
    }
    return new ClusterName(
        target,
        destination.subset(),
        service.map(found -> found.destinationHost(host)).orElse(host));
  }

  private static boolean editsHeaders(WeightedDestination destination) {
    return !destination.requestHeaders().equals(HeaderEdits.NONE)
        || !destination.responseHeaders().equals(HeaderEdits.NONE);
  }

  static io.envoyproxy.envoy.config.route.v3.RetryPolicy retries(RetryPolicy retries) {
    var policy =
        io.envoyproxy.envoy.config.route.v3.RetryPolicy.newBuilder()
            .setRetryOn(String.join(",", retries.on()))
            .setNumRetries(UInt32Value.of(retries.attempts()))
            .addAllRetriableStatusCodes(retries.statusCodes())
            .setHostSelectionRetryMaxAttempts(HOST_SELECTION_ATTEMPTS);
    if (retries.perTryTimeout() != null) {
      policy.setPerTryTimeout(Protos.duration(retries.perTryTimeout()));
    }
    if (retries.backOff() != null) {
      policy.getRetryBackOffBuilder().setBaseInterval(Protos.duration(retries.backOff()));
    }
    if (retries.avoidPreviousHosts()) {
      policy
          .addRetryHostPredicateBuilder()
          .setName(PREVIOUS_HOSTS)
          .setTypedConfig(Any.pack(PreviousHostsPredicate.getDefaultInstance()));
    }
    if (retries.remoteLocalities()) {
      policy
          .getRetryPriorityBuilder()
          .setName(PREVIOUS_PRIORITIES)
          .setTypedConfig(
              Any.pack(
                  PreviousPrioritiesConfig.newBuilder()
                      .setUpdateFrequency(PRIORITIES_UPDATE_FREQUENCY)
                      .build()));
    }
    return policy.build();
  }
}
