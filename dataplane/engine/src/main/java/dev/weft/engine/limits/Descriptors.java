package dev.weft.engine.limits;

import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.Action;
import dev.weft.engine.model.RateLimitRule.Constant;
import dev.weft.engine.model.RateLimitRule.DestinationCluster;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.model.RateLimitRule.HeadersMatch;
import dev.weft.engine.model.RateLimitRule.PeerIdentity;
import dev.weft.engine.model.RateLimitRule.QueryMatches;
import dev.weft.engine.model.RateLimitRule.QueryValue;
import dev.weft.engine.model.RateLimitRule.RemoteAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@link RateLimitRule}s, ready to make a request's descriptors. */
final class Descriptors {

  /** Adds an entry. False: there is no descriptor. */
  @FunctionalInterface
  private interface Step {
    boolean add(LimitedRequest request, List<Entry> entries);
  }

  private final Step[][] rules;

  Descriptors(List<RateLimitRule> rules) {
    this.rules =
        rules.stream()
            .map(rule -> rule.actions().stream().map(Descriptors::step).toArray(Step[]::new))
            .toArray(Step[][]::new);
  }

  /** One for each rule that has one for this request, in their order. */
  List<List<Entry>> of(LimitedRequest request) {
    if (rules.length == 0) {
      return List.of();
    }
    List<List<Entry>> descriptors = new ArrayList<>(rules.length);
    for (Step[] rule : rules) {
      List<Entry> entries = new ArrayList<>(rule.length);
      if (applies(rule, request, entries) && !entries.isEmpty()) {
        descriptors.add(entries);
      }
    }
    return descriptors;
  }

  private static boolean applies(Step[] rule, LimitedRequest request, List<Entry> entries) {
    for (Step step : rule) {
      if (!step.add(request, entries)) {
        return false;
      }
    }
    return true;
  }

  private static Step step(Action action) {
    if (action instanceof HeaderValue header) {
      return value(header.key(), header.skipIfAbsent(), it -> it.header(header.header()));
    }
    if (action instanceof QueryValue query) {
      return value(
          query.key(),
          query.skipIfAbsent(),
          it -> QueryParameters.first(it.target(), query.parameter()));
    }
    if (action instanceof RemoteAddress remote) {
      return value(remote.key(), false, LimitedRequest::remoteAddress);
    }
    if (action instanceof DestinationCluster destination) {
      return value(destination.key(), false, LimitedRequest::destinationCluster);
    }
    if (action instanceof PeerIdentity peer) {
      return value(peer.key(), false, LimitedRequest::peerIdentity);
    }
    if (action instanceof HeadersMatch match) {
      return constant(match.key(), match.value(), match.expected(), headers(match.headers()));
    }
    if (action instanceof QueryMatches match) {
      return constant(match.key(), match.value(), match.expected(), query(match.parameters()));
    }
    Constant constant = (Constant) action;
    return constant(constant.key(), constant.value(), true, request -> true);
  }

  private static Step value(
      String key, boolean skipIfAbsent, Function<LimitedRequest, @Nullable String> source) {
    return (request, entries) -> {
      String value = source.apply(request);
      if (value == null) {
        return skipIfAbsent;
      }
      entries.add(new Entry(key, value));
      return true;
    };
  }

  private static Step constant(
      String key, String value, boolean expected, Predicate<LimitedRequest> condition) {
    Entry entry = new Entry(key, value);
    return (request, entries) -> {
      if (condition.test(request) != expected) {
        return false;
      }
      entries.add(entry);
      return true;
    };
  }

  private static Predicate<LimitedRequest> headers(List<HeaderMatch> matches) {
    return request -> {
      for (HeaderMatch match : matches) {
        if (!match.holds(request.header(match.name()))) {
          return false;
        }
      }
      return true;
    };
  }

  private static Predicate<LimitedRequest> query(List<QueryMatch> matches) {
    return request -> {
      for (QueryMatch match : matches) {
        String value = QueryParameters.first(request.target(), match.name());
        if (value == null || !match.match().matches(value)) {
          return false;
        }
      }
      return true;
    };
  }
}
