package dev.weft.telemetry;

import dev.weft.engine.PeerMetadata;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sends inbound requests. Only a peer that proved an identity is listened to, and what it
 * claims beyond that identity is read once for each of its instances: as in Istio's proxies the
 * node ID stands for the metadata beside it. A peer that claims ever new things gets no more than
 * its identity's share of memory and of series. Where room is short, what was not heard of for an
 * hour is forgotten.
 */
final class KnownPeers {

  static final int MOST_IDENTITIES = 1_000;

  /** Instances of one identity that are remembered. */
  static final int MOST_INSTANCES = 500;

  /** Different workloads, or versions of them, that one identity may claim to be in an hour. */
  static final int MOST_CLAIMS = 50;

  /** Of one identity. */
  static final int MOST_SERIES = 100;

  /** The rest is for what its claims have no room for. */
  static final int MOST_SERIES_OF_CLAIMS = 80;

  private static final long AGEING_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ConcurrentMap<String, Identity> identities = new ConcurrentHashMap<>();
  private final Caller anonymous;
  private final Caller oneTooMany;
  private final AtomicLong aged;
  private final Consumer<Caller> forgotten;
  private final Runnable disbelieved;

  /**
   * @param now in nanoseconds, as {@link System#nanoTime} counts them
   * @param forgotten told of each caller that won't be given out again
   * @param disbelieved told of each claim that isn't understood or is one too many, and of each
   *     request of an identity that is one too many
   */
  KnownPeers(long now, Consumer<Caller> forgotten, Runnable disbelieved) {
    anonymous = new Caller(null, Peer.UNKNOWN, MOST_SERIES, now);
    oneTooMany = new Caller(null, Peer.UNKNOWN, 0, now);
    aged = new AtomicLong(now);
    this.forgotten = forgotten;
    this.disbelieved = disbelieved;
  }

  Caller of(InboundRequest request, long now) {
    ConnectedPeer peer = request.peer();
    if (peer == null) {
      return anonymous;
    }
    PeerMetadata said = metadata(peer, request);
    String principal = peer.id();
    Identity identity = identities.get(principal);
    if (identity == null) {
      identity = meet(principal, now);
    }
    if (identity == null) {
      disbelieved.run();
      return oneTooMany;
    }
    return identity.caller(said, now);
  }

  /** What the request says of its sender; or one before, if that holds for the connection. */
  private @Nullable PeerMetadata metadata(ConnectedPeer peer, InboundRequest request) {
    PeerMetadata before = peer.metadata();
    String id = request.header(PeerMetadata.ID_HEADER);
    if (id == null) {
      if (before == null && request.header(PeerMetadata.HEADER) != null) {
        // To read it each time would cost too much.
        disbelieved.run();
      }
      return before;
    }
    if (before != null && before.id().equals(id)) {
      return before;
    }
    String text = request.header(PeerMetadata.HEADER);
    PeerMetadata said = new PeerMetadata(id, text);
    if (text != null
        && text.length() <= PeerStruct.LONGEST_TEXT
        && id.length() <= PeerStruct.LONGEST_ID) {
      peer.says(said);
    }
    return said;
  }

  private @Nullable Identity meet(String principal, long now) {
    if (identities.size() >= MOST_IDENTITIES) {
      age(now);
    }
    return identities.size() >= MOST_IDENTITIES
        ? null
        : identities.computeIfAbsent(principal, proved -> new Identity(proved, now));
  }

  /** All that may be given out again. */
  void forEach(Consumer<Caller> action) {
    action.accept(anonymous);
    identities.values().forEach(identity -> identity.forEach(action));
  }

  /** Forgets whom nothing was heard of; does so once a minute at most. */
  void age(long now) {
    long last = aged.get();
    if (now - last > AGEING_NANOS && aged.compareAndSet(last, now)) {
      identities.values().removeIf(identity -> identity.age(now));
    }
  }

  private final class Identity {

    private final Caller nameless;
    private final ConcurrentMap<String, Caller> instances = new ConcurrentHashMap<>();
    private final Map<Peer, Caller> claims = new HashMap<>();
    private boolean gone;

    Identity(String principal, long now) {
      nameless = new Caller(principal, Peer.of(principal), MOST_SERIES, now);
    }

    Caller caller(@Nullable PeerMetadata said, long now) {
      nameless.used(now);
      if (said == null) {
        return nameless;
      }
      Caller known = instances.get(said.id());
      if (known == null) {
        return meet(said, now);
      }
      known.used(now);
      return known;
    }

    private synchronized Caller meet(PeerMetadata metadata, long now) {
      String text = metadata.text();
      if (text == null || metadata.id().length() > PeerStruct.LONGEST_ID || gone) {
        disbelieved.run();
        return nameless;
      }
      Caller caller = believe(text, now);
      if (instances.size() >= MOST_INSTANCES) {
        instances.clear();
      }
      instances.put(metadata.id(), caller);
      return caller;
    }

    /** One caller for one claim, whichever instance makes it. */
    private Caller believe(String metadata, long now) {
      Peer claimed;
      try {
        claimed = PeerStruct.decode(metadata, disbelieved).in(nameless.peer.namespace());
      } catch (IllegalArgumentException e) {
        disbelieved.run();
        return nameless;
      }
      Caller known = claimed.equals(nameless.peer) ? nameless : claims.get(claimed);
      if (known != null) {
        known.used(now);
        return known;
      }
      if (claims.size() >= MOST_CLAIMS) {
        age(now);
      }
      if (claims.size() >= MOST_CLAIMS) {
        disbelieved.run();
        return nameless;
      }
      Caller caller = nameless.claiming(claimed, MOST_SERIES_OF_CLAIMS, now);
      claims.put(claimed, caller);
      return caller;
    }

    synchronized void forEach(Consumer<Caller> action) {
      action.accept(nameless);
      claims.values().forEach(action);
    }

    /**
     * Forgets claims that weren't made lately.
     *
     * @return whether it is forgotten itself
     */
    synchronized boolean age(long now) {
      gone = nameless.idle(now);
      boolean some = claims.values().removeIf(claim -> forgets(claim, now));
      if (some) {
        // An instance whose claim there was no room for may try again, too.
        instances.clear();
      }
      if (gone) {
        forgotten.accept(nameless);
      }
      return gone;
    }

    private boolean forgets(Caller claim, long now) {
      boolean forgets = gone || claim.idle(now);
      if (forgets) {
        forgotten.accept(claim);
      }
      return forgets;
    }
  }
}
