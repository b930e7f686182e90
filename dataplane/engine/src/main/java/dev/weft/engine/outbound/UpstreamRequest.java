package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
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
  private final HeaderEdits optionsRemoval;
  private final long startNanos;
  private final @Nullable StaleIfError staleIfError;
  private @Nullable RequestHash hash;

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
   * @param parent of the request on whose behalf it is
   */
  UpstreamRequest(
      OutboundRequest request,
      CompiledRoute route,
      Forwarding forwarding,
      Forwarding.Choice destination,
      Upstream upstream,
      @Nullable RequestContext parent,
      Timer timer) {
    this.request = request;
    this.forwarding = forwarding;
    this.destination = destination;
    this.upstream = upstream;
    long now = timer.nanoTime();
    RequestOptions options = RequestOptions.of(request, forwarding.retry);
    optionsRemoval = options.removal;
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
   * @return null if there is none either
   */
  @Nullable Answer staleAnswer(HeaderEdits edits) {
    return staleIfError == null ? null : staleIfError.answer(edits);
  }

  /** How many attempts there may be after the first. */
  int retries() {
    return retry == null || !retry.concerns(request) ? 0 : retry.retries();
  }

  /**
   * @param attempt counts from 1
   */
  HeaderEdits headers(int attempt, long now) {
    HeaderEdits edits = optionsRemoval.then(destination.requestHeaders(attempt)).then(line.edits());
    if (timeouts.isNone()) {
      return edits;
    }
    boolean hedged = retry != null && retry.hedgesOnPerTryTimeout();
    return edits.then(timeouts.tell(now - startNanos, hedged));
  }

  /** The destination's edits to the response, and the cookie that the endpoint was picked by. */
  HeaderEdits responseHeaders() {
    HeaderEdits edits = destination.responseHeaders;
    return hash == null ? edits : hash.setCookie.then(edits);
  }

  /**
   * @param tried endpoints to be avoided as long as there is another; null: none
   * @return null if no endpoint is healthy
   */
  @Nullable Target pick(@Nullable Predicate<Target> tried, OutboundRouter router) {
    if (!upstream.hashes() || forwarding.hash.isEmpty()) {
      return upstream.pick(tried);
    }
    if (hash == null) {
      hash = RequestHash.of(forwarding.hash, request, router.address(), router.random());
    }
    return hash.present() ? upstream.pick(tried, hash.value()) : upstream.pick(tried);
  }
}
