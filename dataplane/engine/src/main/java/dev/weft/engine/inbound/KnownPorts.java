package dev.weft.engine.inbound;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets as their owners report them, and the modes as the configuration in force
 * has them. An address whose last socket closed is forgotten, its guard included: whatever listens
 * there next has to be guarded anew.
 */
public final class KnownPorts implements ListeningPorts {

  /** Shown as who listens. */
  private static final String UNREPORTED = "native code, or bound before Weft was started";

  private final Supplier<InboundSnapshot> snapshots;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private final UnauthenticatedConnections unauthenticated = new UnauthenticatedConnections();

  /** In the order in which they were opened. */
  private volatile Map<InetSocketAddress, Listener> bound = Map.of();

  private volatile Set<InetSocketAddress> foundUnreported = Set.of();

  /** Set on a thread on which a known server binds. */
  private final ThreadLocal<Boolean> binding = new ThreadLocal<>();

  public KnownPorts(Supplier<InboundSnapshot> snapshots) {
    this.snapshots = snapshots;
  }

  /** Runs {@code listener} after each change of {@link #all}, on the thread that changed it. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Whether the module that sees sockets being opened has seen this one. */
  public boolean isReported(InetSocketAddress local) {
    return bound.keySet().stream()
        .anyMatch(
            known ->
                known.getPort() == local.getPort()
                    && (known.getAddress().equals(local.getAddress())
                        || (known.getAddress().isAnyLocalAddress()
                            && local.getAddress().isAnyLocalAddress())));
  }

  /**
   * Lists these too, instead of those of the last time: sockets that this process listens on and
   * that nobody reported, because native code opened them or because they were there before.
   */
  public void found(Set<InetSocketAddress> unreported) {
    boolean changed = !foundUnreported.equals(unreported);
    foundUnreported = Set.copyOf(unreported);
    if (changed) {
      listeners.forEach(Runnable::run);
    }
  }

  /**
   * The ports under STRICT with a socket whose connections nobody can be relied upon to close, for
   * it was found and never reported.
   */
  public SortedSet<Integer> unprotected() {
    SortedSet<Integer> ports = new TreeSet<>();
    for (InetSocketAddress local : foundUnreported) {
      if (!isReported(local) && mode(local.getPort()) == MutualTlsMode.STRICT) {
        ports.add(local.getPort());
      }
    }
    return ports;
  }

  @Override
  public void opened(InetSocketAddress local, String by) {
    boolean serving = binding.get() == null;
    change(local, known -> known.opened(by, serving));
  }

  @Override
  public void beginBinding() {
    binding.set(true);
  }

  @Override
  public void endBinding() {
    binding.remove();
  }

  @Override
  public void serving(InetSocketAddress local) {
    change(local, Listener::nowServing);
  }

  @Override
  public void closed(InetSocketAddress local) {
    change(local, Listener::closed);
  }

  @Override
  public void guard(InetSocketAddress local, String by) {
    change(local, known -> known.guarded(by));
  }

  @Override
  public MutualTlsMode mode(int port) {
    return snapshots.get().mode(port);
  }

  @Override
  public boolean refusesUnguarded(InetSocketAddress local) {
    return !isGuarded(local) && snapshots.get().mode(local.getPort()) == MutualTlsMode.STRICT;
  }

  @Override
  public boolean isGuarded(InetSocketAddress local) {
    Listener known = bound.get(local);
    return known != null && known.isGuarded();
  }

  @Override
  public void admitted(int port, Closeable connection) {
    if (mode(port) != MutualTlsMode.STRICT) {
      unauthenticated.add(port, connection);
    }
  }

  /** The configuration has changed. */
  public void modesChanged() {
    unauthenticated.end(port -> mode(port) == MutualTlsMode.STRICT);
  }

  @Override
  public List<ListeningPort> all() {
    Map<Integer, ListeningPort> byPort = new LinkedHashMap<>();
    bound.forEach(
        (local, listener) ->
            byPort.merge(
                local.getPort(),
                new ListeningPort(
                    local.getPort(),
                    listener.isGuarded() ? listener.guardedBy : null,
                    listener.by,
                    listener.serving),
                KnownPorts::merged));
    for (InetSocketAddress local : foundUnreported) {
      if (!isReported(local)) {
        byPort.put(local.getPort(), new ListeningPort(local.getPort(), null, UNREPORTED, true));
      }
    }
    return new ArrayList<>(byPort.values());
  }

  /** A port is as unguarded as one of its sockets, and serves as soon as one does. */
  private static ListeningPort merged(ListeningPort one, ListeningPort other) {
    ListeningPort shown = one.guardedBy() == null ? one : other;
    return new ListeningPort(
        shown.port(), shown.guardedBy(), shown.by(), one.serving() || other.serving());
  }

  private void change(InetSocketAddress local, UnaryOperator<Listener> change) {
    synchronized (this) {
      Listener before = bound.getOrDefault(local, Listener.UNSEEN);
      Listener changed = change.apply(before);
      if (changed.equals(before)) {
        return;
      }
      Map<InetSocketAddress, Listener> after = new LinkedHashMap<>(bound);
      if (changed.equals(Listener.UNSEEN)) {
        after.remove(local);
      } else {
        after.put(local, changed);
      }
      bound = Collections.unmodifiableMap(after);
    }
    listeners.forEach(Runnable::run);
  }

  /**
   * What listens at one address.
   *
   * @param sockets how many; by SO_REUSEPORT it may be several
   * @param guards how many of them are guarded
   * @param serving whether one of them is served, as far as can be known
   */
  private record Listener(
      int sockets, int guards, String by, @Nullable String guardedBy, boolean serving) {

    static final Listener UNSEEN = new Listener(0, 0, "", null, false);

    /** Connections don't tell which of several sockets they came by: all have to be guarded. */
    boolean isGuarded() {
      return guards > 0 && guards >= sockets;
    }

    Listener opened(String by, boolean serving) {
      return new Listener(sockets + 1, guards, by, guardedBy, this.serving || serving);
    }

    Listener nowServing() {
      return equals(UNSEEN) ? this : new Listener(sockets, guards, by, guardedBy, true);
    }

    /** With a guard, as long as it isn't known that what is left has one. */
    Listener closed() {
      return sockets > 1
          ? new Listener(sockets - 1, Math.max(guards - 1, 0), by, guardedBy, serving)
          : UNSEEN;
    }

    Listener guarded(String by) {
      return new Listener(sockets, guards + 1, this.by, by, serving);
    }
  }
}
