package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A limit on the rate of requests, as one of Envoy's filters enforces it, whether a ServicePolicy
 * or an EnvoyFilter asks for it.
 */
public sealed interface RateLimit {

  /** Unique among those of a workload, or of a called host. */
  String name();

  /** How requests come to descriptors: each rule makes one, or none. */
  List<Rule> rules();

  /** The same limit with other rules. */
  RateLimit with(List<Rule> rules);

  /**
   * Counted by each process for itself.
   *
   * @param bucket for requests of which no descriptor has one; null: they are not limited
   * @param alwaysTakes whether all others take from {@code bucket} as well
   * @param maxBuckets how many values of open descriptors are told apart; null: Envoy's default
   * @param enabled percent of the requests that are counted
   * @param enforced percent of those beyond the limit that are refused
   */
  record Local(
      String name,
      @Nullable Bucket bucket,
      boolean alwaysTakes,
      List<Descriptor> descriptors,
      @Nullable Integer maxBuckets,
      List<Rule> rules,
      double enabled,
      double enforced,
      Refusal refusal)
      implements RateLimit {

    public Local {
      descriptors = List.copyOf(descriptors);
      rules = List.copyOf(rules);
    }

    @Override
    public Local with(List<Rule> rules) {
      return new Local(
          name, bucket, alwaysTakes, descriptors, maxBuckets, rules, enabled, enforced, refusal);
    }

    /** Whether there is any request that it might refuse. */
    public boolean limitsAnything() {
      return enabled > 0 && (bucket != null || !(descriptors.isEmpty() || rules.isEmpty()));
    }
  }

  /**
   * Counted by a service of the mesh, for all who ask it.
   *
   * @param namespace to which a short host belongs
   * @param service its host, as written
   * @param domain whose limits they are
   * @param timeout of asking it
   * @param failClosed whether requests are refused when it doesn't answer
   */
  record Global(
      String name,
      String namespace,
      String service,
      int port,
      String domain,
      Duration timeout,
      boolean failClosed,
      List<Rule> rules,
      Refusal refusal)
      implements RateLimit {

    /** Envoy's, which is short. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(20);

    public Global {
      rules = List.copyOf(rules);
    }

    @Override
    public Global with(List<Rule> rules) {
      return new Global(
          name, namespace, service, port, domain, timeout, failClosed, rules, refusal);
    }
  }

  /**
   * @param maxTokens how many requests may come at once
   * @param tokensPerFill how many may come in each interval
   */
  record Bucket(int maxTokens, int tokensPerFill, Duration interval) {}

  /**
   * A bucket for requests with a descriptor of these keys and values.
   *
   * @param entries of an empty value: any, each with a bucket of its own
   */
  record Descriptor(List<Entry> entries, Bucket bucket) {

    public Descriptor {
      entries = List.copyOf(entries);
    }
  }

  /** A part of a descriptor. */
  record Entry(String key, String value) {}

  /**
   * The answer to a request beyond the limit.
   *
   * @param headers added to it
   * @param resourceExhausted whether that is the status of gRPC's calls; else UNAVAILABLE
   * @param limitHeaders whether all responses are given {@code x-ratelimit-limit} and the like
   */
  record Refusal(
      int status, Map<String, String> headers, boolean resourceExhausted, boolean limitHeaders) {

    /** Envoy's. */
    public static final int DEFAULT_STATUS = 429;

    public Refusal {
      headers = Map.copyOf(headers);
    }
  }

  /** Each action adds an entry; if one can't, there is no descriptor. */
  record Rule(List<Action> actions) {

    public Rule {
      actions = List.copyOf(actions);
    }
  }

  /** Makes one entry of a descriptor. */
  sealed interface Action {

    /** The entry's key. */
    String key();
  }

  /**
   * @param name lower-case, or a pseudo-header
   * @param skipIfAbsent whether the entry alone is left out then
   */
  record HeaderValue(String name, String key, boolean skipIfAbsent) implements Action {}

  /**
   * @param skipIfAbsent whether the entry alone is left out then
   */
  record QueryValue(String name, String key, boolean skipIfAbsent) implements Action {}

  /** The address of who sends the request. */
  record RemoteAddress() implements Action {

    @Override
    public String key() {
      return "remote_address";
    }
  }

  /** Always the same. */
  record Constant(String key, String value) implements Action {}

  /**
   * A constant for requests with such headers.
   *
   * @param expected whether they are to match, all of them, or not
   */
  record HeadersMatch(String key, String value, boolean expected, List<HeaderCondition> headers)
      implements Action {

    public HeadersMatch {
      headers = List.copyOf(headers);
    }
  }

  /**
   * @param name lower-case, or a pseudo-header
   */
  record HeaderCondition(String name, StringMatch match, boolean invert) {}

  /** The SPIFFE ID that the caller has proved. */
  record PeerIdentity(String key) implements Action {}
}
