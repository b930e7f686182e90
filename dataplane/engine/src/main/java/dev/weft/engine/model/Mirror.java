package dev.weft.engine.model;

/**
 * Envoy's RequestMirrorPolicy: a copy of the request goes to another cluster, and what it answers
 * is not looked at.
 *
 * @param share of the requests
 * @param shadowAuthority whether {@code -shadow} is appended to the host in the copy's authority
 */
public record Mirror(String cluster, Fraction share, boolean shadowAuthority) {}
