package dev.weft.engine.model;

import dev.weft.engine.inbound.MutualTlsMode;
import java.util.List;

/**
 * What may come in through one port.
 *
 * @param trustDomains whose identities may connect; empty: the workload's own
 * @param paths how policies read a request's path
 * @param client whose address is {@code remote.ip}
 * @param filters asked in this order; the first that refuses ends it
 */
public record InboundListener(
    int port,
    MutualTlsMode mode,
    List<String> trustDomains,
    PathNormalization paths,
    ClientAddress client,
    List<InboundFilter> filters) {

  public InboundListener {
    trustDomains = List.copyOf(trustDomains);
    filters = List.copyOf(filters);
  }

  /** A port whose requests are read as Istio does by default. */
  public InboundListener(int port, MutualTlsMode mode, List<InboundFilter> filters) {
    this(port, mode, List.of(), PathNormalization.BASE, ClientAddress.FORWARDED, filters);
  }
}
