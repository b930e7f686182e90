package dev.weft.engine.inbound;

import dev.weft.engine.limits.LimitSurroundings;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.MeshRequests;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one {@link MeshSnapshot} says about inbound requests, made ready to judge by. */
public final class InboundSnapshot {

  private final Port unconfigured;
  private final Map<Integer, Port> ports;

  private InboundSnapshot(Port unconfigured, Map<Integer, Port> ports) {
    this.unconfigured = unconfigured;
    this.ports = ports;
  }

  /**
   * @param initial the mode of ports of which the snapshot says nothing, unless it is stricter with
   *     any other: a port that was opened a moment ago, or while the control server is away, is no
   *     less the mesh's than they
   * @param tokens judges tokens; always the same
   * @param checks always the same
   * @param mesh always the same
   * @param limits always the same
   * @param before what has not changed since is taken from here
   */
  public static InboundSnapshot compile(
      MeshSnapshot snapshot,
      MutualTlsMode initial,
      JwtVerifier tokens,
      CheckCodec checks,
      MeshRequests mesh,
      LimitSurroundings limits,
      @Nullable InboundSnapshot before) {
    PortJudge.Advisers advisers = new PortJudge.Advisers(tokens, checks, mesh, limits);
    Map<Integer, Port> ports = new HashMap<>();
    snapshot
        .inbound()
        .forEach(
            (number, listener) -> {
              Port kept = before == null ? null : before.ports.get(number);
              ports.put(
                  number,
                  kept != null && listener.equals(kept.listener)
                      ? kept
                      : new Port(
                          listener.mode(),
                          listener,
                          PortJudge.of(listener, advisers, kept == null ? null : kept.judge)));
            });
    MutualTlsMode mode = initial;
    for (Port port : ports.values()) {
      mode = port.mode.compareTo(mode) > 0 ? port.mode : mode;
    }
    return new InboundSnapshot(new Port(mode, null, PortJudge.withoutConfiguration(mode)), ports);
  }

  MutualTlsMode mode(int port) {
    return ports.getOrDefault(port, unconfigured).mode;
  }

  PortJudge judge(int port) {
    return ports.getOrDefault(port, unconfigured).judge;
  }

  private record Port(MutualTlsMode mode, @Nullable InboundListener listener, PortJudge judge) {}
}
