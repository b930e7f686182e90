package dev.weft.config.model;

import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One routing rule.
 *
 * @param name as metrics and traces show it
 * @param matches any of them must match; empty: every request does
 * @param timeout of the whole exchange, retries included; null: not given
 * @param retries null: the mesh's default
 * @param cors null: requests of other origins are like any others
 */
public record RouteRule(
    String name,
    List<RouteMatch> matches,
    Action action,
    @Nullable Duration timeout,
    @Nullable RetryPolicy retries,
    @Nullable Fault fault,
    @Nullable CorsPolicy cors,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders) {

  public RouteRule {
    matches = List.copyOf(matches);
  }

  /** What becomes of a request that matches. */
  public sealed interface Action {

    /** Whether it is left to the rules of another resource. */
    default boolean isDelegated() {
      return this instanceof Delegate;
    }
  }

  /**
   * @param destinations shares of the requests go to
   * @param mirrors each gets a copy besides
   */
  public record Forward(
      List<WeightedDestination> destinations, Rewrite rewrite, List<Mirror> mirrors)
      implements Action {

    public Forward {
      destinations = List.copyOf(destinations);
      mirrors = List.copyOf(mirrors);
    }
  }

  /**
   * Istio's HTTPRedirect. Empty or null: as in the request.
   *
   * @param status 301, 302, 303, 307 or 308
   * @param port null: see {@code portFromRequest}
   * @param portFromRequest the port that was called, else the default one of the scheme
   * @param uri instead of the path
   * @param prefixRewrite instead of what was matched of the path
   */
  public record Redirect(
      int status,
      String scheme,
      String authority,
      @Nullable Integer port,
      boolean portFromRequest,
      String uri,
      String prefixRewrite)
      implements Action {}

  /**
   * Istio's HTTPDirectResponse.
   *
   * @param charset of the body: UTF-8, or ISO 8859-1 for octets that are no text, each a character
   */
  public record Respond(int status, String body, Charset charset) implements Action {}

  /**
   * The rules of this VirtualService, within what this rule matches.
   *
   * @param rewrite of those that forward and have none
   * @param mirrors of those that forward and have none
   */
  public record Delegate(String name, String namespace, Rewrite rewrite, List<Mirror> mirrors)
      implements Action {

    public Delegate {
      mirrors = List.copyOf(mirrors);
    }
  }

  /**
   * Istio's HTTPRewrite. Empty: as it is.
   *
   * @param uri replaces what was matched
   * @param regex null: none
   */
  public record Rewrite(String uri, @Nullable RegexRewrite regex, String authority) {

    public static final Rewrite NONE = new Rewrite("", null, "");
  }

  /** Of the whole path; {@code \1} stands for a group. */
  public record RegexRewrite(String match, String rewrite) {}

  /**
   * @param percent of 100
   */
  public record Mirror(WeightedDestination destination, double percent) {}

  /** Where requests go; none if the rule does something else. */
  public List<WeightedDestination> destinations() {
    return action instanceof Forward forward ? forward.destinations() : List.of();
  }

  /** Where copies go. */
  public List<Mirror> mirrors() {
    return action instanceof Forward forward ? forward.mirrors() : List.of();
  }
}
