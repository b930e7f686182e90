package dev.weft.engine.inbound;

import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.MeshSnapshot;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one {@link MeshSnapshot} says about inbound requests, made ready to judge by. */
public final class InboundSnapshot {

  private final MutualTlsMode initial;
  private final Port unconfigured;
  private final Map<Integer, Port> ports;

  private InboundSnapshot(MutualTlsMode initial, Map<Integer, Port> ports) {
    this.initial = initial;
    this.ports = ports;
    unconfigured = new Port(null, PortJudge.of(initial));
  }

  /**
   * @param initial the mode of ports of which the snapshot says nothing
   * @param before what has not changed since is taken from here
   */
  public static InboundSnapshot compile(
      MeshSnapshot snapshot, MutualTlsMode initial, @Nullable InboundSnapshot before) {
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
                      : new Port(listener, PortJudge.of(listener)));
            });
    return new InboundSnapshot(initial, ports);
  }

  MutualTlsMode mode(int port) {
    Port known = ports.get(port);
    return known == null || known.listener == null ? initial : known.listener.mode();
  }

  Judge judge(int port) {
    return ports.getOrDefault(port, unconfigured).judge;
  }

  private record Port(@Nullable InboundListener listener, Judge judge) {}
}
