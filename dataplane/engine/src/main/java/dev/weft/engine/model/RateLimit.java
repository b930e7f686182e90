package dev.weft.engine.model;

import dev.weft.engine.HeaderEdits;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One of Envoy's rate limit filters. */
public sealed interface RateLimit extends RequestLimit {

  /** Which descriptors a request has; null: the route says, by those of {@link #stage}. */
  @Nullable List<RateLimitRule> rules();

  /** Of the routes' rules, the number of those that concern this filter. */
  int stage();

  /** The same filter with these rules. */
  RateLimit with(List<RateLimitRule> rules);

  /**
   * Counts in this process (extensions.filters.http.local_ratelimit.v3.LocalRateLimit).
   *
   * @param bucket for requests that no descriptor concerns; null: those pass
   * @param alwaysTakes whether requests that a descriptor concerns take from {@code bucket} as well
   * @param maxDynamicBuckets how many values of a descriptor with open values are told apart
   * @param enabled the share of requests that are counted
   * @param enforced the share of those beyond the limit that are refused
   * @param markUnenforced edits to requests beyond the limit that pass all the same
   * @param showsLimit whether responses are given {@code x-ratelimit-limit} and the like
   */
  record Local(
      String name,
      @Nullable Bucket bucket,
      boolean alwaysTakes,
      List<LocalDescriptor> descriptors,
      int maxDynamicBuckets,
      @Nullable List<RateLimitRule> rules,
      int stage,
      Fraction enabled,
      Fraction enforced,
      Refusal refusal,
      HeaderEdits markUnenforced,
      boolean showsLimit)
      implements RateLimit {

    public Local {
      descriptors = List.copyOf(descriptors);
      rules = rules == null ? null : List.copyOf(rules);
    }

    @Override
    public Local with(List<RateLimitRule> rules) {
      return new Local(
          name,
          bucket,
          alwaysTakes,
          descriptors,
          maxDynamicBuckets,
          rules,
          stage,
          enabled,
          enforced,
          refusal,
          markUnenforced,
          showsLimit);
    }
  }

  /**
   * Asks a service (extensions.filters.http.ratelimit.v3.RateLimit, by
   * service.ratelimit.v3.RateLimitService).
   *
   * @param domain whose limits they are
   * @param timeout of asking
   * @param failClosed whether a request is refused when nobody answers, with {@code statusOnError}
   * @param enabled the share of requests that are asked about
   * @param enforced the share of those beyond the limit that are refused
   * @param marksLimited whether the answer to those beyond the limit has {@code
   *     x-envoy-ratelimited}
   * @param showsLimit whether responses are given {@code x-ratelimit-limit} and the like
   */
  record Global(
      String name,
      String cluster,
      String authority,
      String domain,
      Duration timeout,
      boolean failClosed,
      int statusOnError,
      @Nullable List<RateLimitRule> rules,
      int stage,
      Fraction enabled,
      Fraction enforced,
      Refusal refusal,
      boolean marksLimited,
      boolean showsLimit)
      implements RateLimit {

    public Global {
      rules = rules == null ? null : List.copyOf(rules);
    }

    @Override
    public Global with(List<RateLimitRule> rules) {
      return new Global(
          name,
          cluster,
          authority,
          domain,
          timeout,
          failClosed,
          statusOnError,
          rules,
          stage,
          enabled,
          enforced,
          refusal,
          marksLimited,
          showsLimit);
    }
  }

  /**
   * Envoy's type.v3.TokenBucket, full at first. Tokens come evenly: one each {@code interval /
   * tokensPerFill}.
   *
   * @param maxTokens how many requests may come at once
   * @param interval above 0
   */
  record Bucket(long maxTokens, long tokensPerFill, Duration interval) {}

  /**
   * Requests that have a descriptor of these keys and values, in this order, take from a bucket.
   *
   * @param entries of an empty value: any, each with a bucket of its own
   */
  record LocalDescriptor(List<Entry> entries, Bucket bucket) {

    public LocalDescriptor {
      entries = List.copyOf(entries);
    }
  }

  /** One part of a descriptor. */
  record Entry(String key, String value) {}

  /**
   * The answer to a request beyond the limit.
   *
   * @param headers edits to it
   * @param resourceExhausted whether that is the status of gRPC's calls; else UNAVAILABLE
   */
  record Refusal(int status, HeaderEdits headers, boolean resourceExhausted) {}
}
