package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.limits.Limiter;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Route} with all that can be known about it before a request comes. */
final class CompiledRoute {

  private final StringMatch path;
  private final boolean anyPath;
  private final HeaderCondition[] headers;
  private final QueryCondition[] query;

  final String name;

  /** Its place among the routes of its virtual host. */
  final int order;

  final @Nullable FaultInjection fault;
  final @Nullable Cors cors;

  /** In order; null: none. */
  final Limiter @Nullable [] limits;

  /** The route's own edits to responses; for answers given before there is a destination. */
  final HeaderEdits responseHeaders;

  /** Not null if the route answers by itself. */
  final @Nullable Responder responder;

  /** Not null if it doesn't. */
  final @Nullable Forwarding forwarding;

  /**
   * @param limits of the host that the route belongs to
   */
  CompiledRoute(Route route, int order, RouteLimits limits) {
    this.order = order;
    this.limits = limits.of(route);
    path = route.match().path();
    anyPath = path instanceof StringMatch.Prefix prefix && prefix.value().equals("/");
    headers =
        route.match().headers().stream().map(HeaderCondition::of).toArray(HeaderCondition[]::new);
    query = route.match().query().stream().map(QueryCondition::new).toArray(QueryCondition[]::new);
    name = route.name();
    fault = route.fault() == null ? null : new FaultInjection(route.fault());
    cors = route.cors() == null ? null : new Cors(route.cors());
    responseHeaders = route.responseHeaders();
    if (route.action() instanceof Route.Forward forward) {
      responder = null;
      forwarding = new Forwarding(route, forward);
    } else if (route.action() instanceof Route.Redirect redirect) {
      responder = new Redirection(redirect, path);
      forwarding = null;
    } else {
      Route.Respond respond = (Route.Respond) route.action();
      Answer answer =
          new Answer(
              respond.status(),
              respond.body().isEmpty() ? respond.headers() : withText(respond),
              respond.body(),
              ResponseFlag.NONE);
      responder = request -> answer;
      forwarding = null;
    }
  }

  private static List<Header> withText(Route.Respond respond) {
    return new HeaderEdits(List.of(), respond.headers(), List.of()).applyTo(LocalReply.TEXT);
  }

  boolean readsPath() {
    return !anyPath;
  }

  /**
   * @param pathWithoutQuery the request's; anything if this route doesn't read it
   */
  boolean matches(OutboundRequest request, String pathWithoutQuery) {
    if (!anyPath && !path.matches(pathWithoutQuery)) {
      return false;
    }
    for (HeaderCondition header : headers) {
      if (!header.holds(request)) {
        return false;
      }
    }
    for (QueryCondition condition : query) {
      if (!condition.holds(request.path())) {
        return false;
      }
    }
    return true;
  }
}
