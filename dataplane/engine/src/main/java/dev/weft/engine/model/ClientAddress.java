package dev.weft.engine.model;

/**
 * Whose address counts as the client's: Envoy's HttpConnectionManager.use_remote_address and
 * xff_num_trusted_hops.
 *
 * @param peer the connection's peer, unless there are trusted hops. Else the last address in {@code
 *     x-forwarded-for}, as Istio's sidecars have it, and the peer if that header has none
 * @param trustedHops proxies in front of this workload that appended to {@code x-forwarded-for} and
 *     are to be skipped, from its end
 */
public record ClientAddress(boolean peer, int trustedHops) {

  public static final ClientAddress FORWARDED = new ClientAddress(false, 0);
}
