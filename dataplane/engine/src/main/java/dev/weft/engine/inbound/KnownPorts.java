package dev.weft.engine.inbound;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets as their owners report them, and the modes as the configuration in force
 * has them. A port whose last socket closed is forgotten, its guard included: whatever listens
 * there next has to be guarded anew.
 */
public final class KnownPorts implements ListeningPorts {

  private final Supplier<InboundSnapshot> snapshots;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private volatile Map<Integer, Port> ports = Map.of();

  public KnownPorts(Supplier<InboundSnapshot> snapshots) {
    this.snapshots = snapshots;
  }

  /** Runs {@code listener} after each change of {@link #all}, on the thread that changed it. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Leaves a port alone: Weft's own. It is not listed. */
  public void exempt(int port) {
    change(port, Port::asExempt);
  }

  @Override
  public void opened(int port, String by) {
    change(port, known -> known.opened(by));
  }

  @Override
  public void closed(int port) {
    change(port, Port::closed);
  }

  @Override
  public void guard(int port, String by) {
    change(port, known -> known.guarded(by));
  }

  @Override
  public MutualTlsMode mode(int port) {
    Port known = ports.get(port);
    return known != null && known.exempt ? MutualTlsMode.DISABLE : snapshots.get().mode(port);
  }

  @Override
  public boolean refusesUnguarded(int port) {
    Port known = ports.get(port);
    return (known == null || (known.guardedBy == null && !known.exempt))
        && snapshots.get().mode(port) == MutualTlsMode.STRICT;
  }

  @Override
  public List<ListeningPort> all() {
    List<ListeningPort> all = new ArrayList<>();
    ports.forEach(
        (number, port) -> {
          if (!port.exempt) {
            all.add(new ListeningPort(number, port.guardedBy, port.by));
          }
        });
    all.sort(Comparator.comparingInt(ListeningPort::port));
    return all;
  }

  private void change(int port, UnaryOperator<Port> change) {
    synchronized (this) {
      Port before = ports.getOrDefault(port, Port.UNSEEN);
      Port changed = change.apply(before);
      if (changed.equals(before)) {
        return;
      }
      Map<Integer, Port> after = new HashMap<>(ports);
      if (changed.equals(Port.UNSEEN)) {
        after.remove(port);
      } else {
        after.put(port, changed);
      }
      ports = Map.copyOf(after);
    }
    listeners.forEach(Runnable::run);
  }

  /**
   * @param sockets how many listen; several may, one for each address or by SO_REUSEPORT
   */
  private record Port(int sockets, String by, @Nullable String guardedBy, boolean exempt) {

    static final Port UNSEEN = new Port(0, "", null, false);

    Port opened(String by) {
      return new Port(sockets + 1, by, guardedBy, exempt);
    }

    Port closed() {
      return sockets > 1
          ? new Port(sockets - 1, by, guardedBy, exempt)
          : new Port(0, "", null, exempt);
    }

    Port guarded(String by) {
      return new Port(sockets, this.by, by, exempt);
    }

    Port asExempt() {
      return new Port(sockets, by, guardedBy, true);
    }
  }
}
