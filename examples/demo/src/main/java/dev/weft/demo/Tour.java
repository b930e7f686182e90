package dev.weft.demo;

import java.util.List;

/** The steps of the demo, in order. */
final class Tour {

  private final List<Step> steps;

  Tour(Shop shop) {
    Routing routing = new Routing(shop);
    Resilience resilience = new Resilience(shop);
    Security security = new Security(shop);
    Observability observability = new Observability(shop);
    steps =
        List.of(
            new Step("canary 90/10", routing::canary),
            new Step("header canary: true goes to v2", routing::canaryHeader),
            new Step("a change of weights takes effect live", routing::liveChange),
            new Step("v2 gets a copy of v1's requests", new Mirroring(shop)::run),
            new Step("a cookie keeps a shopper's instance", new ConsistentHashing(shop)::run),
            new Step("an instance dies, no request fails", resilience::instanceDies),
            new Step("retries hide an upstream's 503s", resilience::retries),
            new Step("an injected delay is cut by a timeout", resilience::timeout),
            new Step("a zone fails, the next one serves", new LocalityFailover(shop)::run),
            new Step("a circuit breaker opens and closes", new CircuitBreaker(shop)::run),
            new Step("mutual TLS, with identities", security::mutualTls),
            new Step("STRICT refuses plaintext", security::strict),
            new Step("a policy denies with 403", security::denied),
            new Step("a path wants a token", new RequiredToken(shop)::run),
            new Step("a shopper asks too often: 429", new RateLimiting(shop)::run),
            new Step("one trace across the hops", observability::trace),
            new Step("metrics by route and version", observability::metrics));
  }

  List<Step> steps() {
    return steps;
  }
}
