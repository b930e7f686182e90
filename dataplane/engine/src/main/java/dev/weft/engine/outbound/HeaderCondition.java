package dev.weft.engine.outbound;

import dev.weft.engine.model.HeaderMatch;
import org.jspecify.annotations.Nullable;

/** A {@link HeaderMatch} that knows beforehand where in the request to look. */
abstract class HeaderCondition {

  private final HeaderMatch match;

  private HeaderCondition(HeaderMatch match) {
    this.match = match;
  }

  static HeaderCondition of(HeaderMatch match) {
    return switch (match.name()) {
      case ":method" -> new Method(match);
      case ":authority", "host" -> new Authority(match);
      case ":scheme" -> new Scheme(match);
      case ":path" -> new Path(match);
      default -> new Named(match);
    };
  }

  final boolean holds(OutboundRequest request) {
    return match.holds(value(request));
  }

  abstract @Nullable String value(OutboundRequest request);

  private static final class Method extends HeaderCondition {
    Method(HeaderMatch match) {
      super(match);
    }

    @Override
    String value(OutboundRequest request) {
      return request.method();
    }
  }

  private static final class Authority extends HeaderCondition {
    Authority(HeaderMatch match) {
      super(match);
    }

    @Override
    String value(OutboundRequest request) {
      return request.authority();
    }
  }

  private static final class Scheme extends HeaderCondition {
    Scheme(HeaderMatch match) {
      super(match);
    }

    @Override
    String value(OutboundRequest request) {
      return request.scheme();
    }
  }

  private static final class Path extends HeaderCondition {
    Path(HeaderMatch match) {
      super(match);
    }

    @Override
    String value(OutboundRequest request) {
      return request.path();
    }
  }

  private static final class Named extends HeaderCondition {
    private final String name;

    Named(HeaderMatch match) {
      super(match);
      name = match.name();
    }

    @Override
    @Nullable String value(OutboundRequest request) {
      return request.header(name);
    }
  }
}
