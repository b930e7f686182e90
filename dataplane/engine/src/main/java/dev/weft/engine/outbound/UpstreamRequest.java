package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.ForwardedClientCert;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One call's request as its destination is to get it: what it asks for, with which headers, in what
 * time, how often it may be sent and to which endpoints; and what stands in for the destination
 * while it can't be used. All but that and the hash is settled beforehand.
 */
final class UpstreamRequest {

  private final OutboundRequest request;
  private final Forwarding forwarding;
  private final Forwarding.Choice destination;

  /** Of what ends here. */
  private final HeaderEdits removal;

  private final long startNanos;
  private final @Nullable CallFacts facts;
  private final @Nullable StaleIfError staleIfError;
  private @Nullable HeaderEdits formatted;
  private @Nullable RequestHash hash;
  private @Nullable PreviousPriorities previous;

  /** The destination, or its fallback. */
  private Upstream upstream;

  /** Why it is the fallback; none: it isn't. */
  private ResponseFlag fellBack = ResponseFlag.NONE;

  /** Null: never. */
  final @Nullable RetryRule retry;

  final CallTimeouts timeouts;
  final RequestLine line;

  /**
   * @param upstream the destination's
   * @param facts null if no header asks for any
   * @param parent of the request on whose behalf it is
   */
  UpstreamRequest(
      OutboundRequest request,
      CompiledRoute route,
      Forwarding forwarding,
      Forwarding.Choice destination,
      Upstream upstream,
      @Nullable CallFacts facts,
      @Nullable RequestContext parent,
      Timer timer) {
    this.request = request;
    this.forwarding = forwarding;
    this.destination = destination;
    this.upstream = upstream;
    this.facts = facts;
    long now = timer.nanoTime();
    // One look for both kinds of header, which most requests have none of.
    boolean looked = request.mayHaveHeader("x-");
    RequestOptions options =
        looked ? RequestOptions.of(request, forwarding.retry) : RequestOptions.NONE;
    removal = looked ? options.removal.then(ForwardedClientCert.edits(request)) : HeaderEdits.NONE;
    retry = options.retries(forwarding.retry);
    startNanos = now;
    timeouts = CallTimeouts.of(forwarding.timeouts, retry, options, request, parent, now);
    line = RequestLine.of(request, forwarding.rewrite, destination.authority);
    staleIfError = StaleIfError.of(upstream, request, line, route.name, timer);
  }

  /** Where the next attempt goes. */
  Upstream upstream() {
    return upstream;
  }

  /**
   * Turns from the destination to its fallback, of which there is no other.
   *
   * @return whether it has one that is known
   */
  boolean fallBack(ResponseFlag why, OutboundSnapshot snapshot) {
    if (destination.fallback.isEmpty() || fellBack != ResponseFlag.NONE) {
      return false;
    }
    Upstream fallback = snapshot.upstream(destination.fallback);
    if (fallback == null) {
      return false;
    }
    upstream = fallback;
    previous = null;
    fellBack = why;
    return true;
  }

  /** Why it did; none: it didn't. */
  ResponseFlag fellBack() {
    return fellBack;
  }

  /**
   * Who keeps the response whose head this is.
   *
   * @return null: nobody
   */
  @Nullable ResponseRecorder recorder(int status, HeaderSource headers) {
    return staleIfError == null || fellBack != ResponseFlag.NONE
        ? null
        : staleIfError.recorder(status, headers);
  }

  /**
   * The answer of before that stands in for none.
   *
   * @param edits to the headers that were kept
   * @return null if there is none either
   */
  @Nullable Answer staleAnswer(Function<List<Header>, HeaderEdits> edits) {
    return staleIfError == null ? null : staleIfError.answer(edits);
  }

  /** How many attempts there may be after the first. */
  int retries() {
    return retry == null || !retry.concerns(request) ? 0 : retry.retries();
  }

  /**
   * @param attempt counts from 1
   * @param observed the attempt
   */
  HeaderEdits headers(int attempt, long now, AttemptObservation observed) {
    HeaderEdits edits =
        removal.then(destination.requestHeaders(attempt, ofRoute(observed))).then(line.edits());
    if (timeouts.isNone()) {
      return edits;
    }
    boolean hedged = retry != null && retry.hedgesOnPerTryTimeout();
    return edits.then(timeouts.tell(now - startNanos, hedged));
  }

  /** As in Envoy values are made once, by what the first attempt is to be. */
  private HeaderEdits ofRoute(AttemptObservation observed) {
    HeaderEdits made = formatted;
    if (made == null) {
      CallFacts facts = this.facts;
      if (facts != null) {
        facts.sent.edit(observed.requestId().then(removal));
      }
      made = destination.requestHeaders.edits(facts, facts == null ? null : facts.sent);
      formatted = made;
      if (facts != null) {
        facts.line = line;
      }
    }
    return made;
  }

  /** The destination's edits to the response, and the cookie that the endpoint was picked by. */
  HeaderEdits responseHeaders() {
    HeaderEdits edits =
        destination.responseHeaders.edits(facts, facts == null ? null : facts.received);
    return hash == null ? edits : hash.setCookie.then(edits);
  }

  /**
   * @param attempts made so far
   * @return null if no endpoint is healthy
   */
  @Nullable Target pick(Attempts attempts, OutboundRouter router) {
    RetryRule rule = attempts.count() == 0 ? null : retry;
    Predicate<Target> tried = rule != null && rule.avoidPreviousHosts() ? attempts::tried : null;
    long without = rule == null ? 0 : previousPriorities(rule, attempts);
    if (!upstream.hashes() || forwarding.hash.isEmpty()) {
      return upstream.pick(without, tried);
    }
    if (hash == null) {
      hash = RequestHash.of(forwarding.hash, request, router.address(), router.random());
    }
    return hash.present()
        ? upstream.pick(without, tried, hash.value())
        : upstream.pick(without, tried);
  }

  private long previousPriorities(RetryRule rule, Attempts attempts) {
    if (rule.otherPrioritiesEvery() == 0) {
      return 0;
    }
    if (previous == null) {
      previous = new PreviousPriorities(rule.otherPrioritiesEvery());
    }
    return previous.without(upstream, attempts.last());
  }
}
