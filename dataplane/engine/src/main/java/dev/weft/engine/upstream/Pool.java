package dev.weft.engine.upstream;

/** Endpoints that are picked from alike, and how; there is at least one. */
final class Pool {

  final Target[] targets;
  final LoadBalancer balancer;

  Pool(Target[] targets, LoadBalancer balancer) {
    this.targets = targets;
    this.balancer = balancer;
  }
}
