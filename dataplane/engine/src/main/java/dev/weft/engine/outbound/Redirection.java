package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Route.Redirect;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells the caller where to go instead, as Envoy puts the location together. */
final class Redirection implements Responder {

  private final Redirect redirect;
  private final @Nullable CompiledRewrite rewrite;

  Redirection(Redirect redirect, StringMatch matched) {
    this.redirect = redirect;
    this.rewrite = CompiledRewrite.of(redirect.rewrite(), matched);
  }

  @Override
  public Answer answer(OutboundRequest request) {
    return new Answer(
        redirect.status(),
        List.of(new Header("location", location(request))),
        "",
        ResponseFlag.NONE);
  }

  private String location(OutboundRequest request) {
    String scheme = redirect.scheme().isEmpty() ? request.scheme() : redirect.scheme();
    String host =
        redirect.host().isEmpty() ? host(request.authority(), scheme, request) : redirect.host();
    String port = redirect.port() == 0 ? "" : ":" + redirect.port();
    return scheme + "://" + host + port + target(request.path());
  }

  /** The request's, without a port that is not to stay. */
  private String host(String authority, String scheme, OutboundRequest request) {
    int colon = authority.lastIndexOf(':');
    if (colon < 0 || authority.indexOf(']', colon) >= 0) {
      return authority;
    }
    boolean defaultOfAnother =
        !scheme.equals(request.scheme())
            && authority.substring(colon).equals(request.scheme().equals("https") ? ":443" : ":80");
    return redirect.port() != 0 || defaultOfAnother ? authority.substring(0, colon) : authority;
  }

  private String target(String requested) {
    int query = requested.indexOf('?');
    if (redirect.path().contains("?")) {
      return redirect.path();
    }
    String target = requested;
    if (!redirect.path().isEmpty()) {
      target = redirect.path() + (query < 0 ? "" : requested.substring(query));
    } else if (rewrite != null) {
      target = rewrite.apply(requested);
    }
    int last = target.indexOf('?');
    return redirect.stripQuery() && last >= 0 ? target.substring(0, last) : target;
  }
}
