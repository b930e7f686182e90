package dev.weft.xds;

import dev.weft.xds.proto.Node;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A configuration stream that is opened again for ever: to the servers one after the other, in the
 * variant of the protocol that is theirs, with pauses that grow when none answers. Used on the
 * connection's thread.
 */
final class KeptStream implements AdsStream.Owner {

  private static final Logger log = Logger.getLogger(XdsClient.class.getName());

  /** Whoever speaks on it. */
  interface Owner {

    /**
     * @param sameServer as the one that answered last
     */
    void opened(AdsStream stream, boolean sameServer);

    void received(AdsStream stream, Update update);

    /** It was closed, or could not be opened. */
    void lost();
  }

  private final ControlConnection connection;
  private final Node node;
  private final XdsProtocol protocol;
  private final Clock clock;
  private final Owner owner;
  private final Backoff backoff = new Backoff(() -> ThreadLocalRandom.current().nextDouble());

  /** Servers that don't implement the delta variant. */
  private final Set<String> withoutDelta = new HashSet<>();

  private @Nullable AdsStream stream;
  private boolean closed;
  private boolean connected;
  private Instant since;
  private @Nullable String lastFailure;
  private @Nullable String answeredLast;

  /** What was said of it; null when a server has taken the stream since. */
  private @Nullable String refusal;

  KeptStream(
      ControlConnection connection, Node node, XdsProtocol protocol, Clock clock, Owner owner) {
    this.connection = connection;
    this.node = node;
    this.protocol = protocol;
    this.clock = clock;
    this.owner = owner;
    this.since = clock.instant();
    connection.onMove(this::moved);
  }

  @Nullable AdsStream open() {
    return stream;
  }

  /** Whether the server has answered on it. */
  boolean isConnected() {
    return connected;
  }

  Instant since() {
    return since;
  }

  @Nullable String lastFailure() {
    return lastFailure;
  }

  /** The variant that the server of the moment is spoken to in. */
  XdsProtocol variant() {
    return protocol == XdsProtocol.AUTO
        ? withoutDelta.contains(connection.address()) ? XdsProtocol.SOTW : XdsProtocol.DELTA
        : protocol;
  }

  void connect() {
    if (closed || stream != null) {
      return;
    }
    connection.expectReachable();
    try {
      AdsStream opened =
          variant() == XdsProtocol.SOTW
              ? new SotwStream(connection.channel(), node, this)
              : new DeltaStream(connection.channel(), node, this);
      stream = opened;
      owner.opened(opened, answeredLast == null || answeredLast.equals(connection.address()));
    } catch (RuntimeException e) {
      ended(e);
    }
  }

  /** Another server is to be used. */
  private void moved() {
    AdsStream open = stream;
    if (open != null) {
      lose();
      open.end();
      owner.lost();
      connect();
    }
  }

  private void lose() {
    stream = null;
    if (connected) {
      since = clock.instant();
    }
    connected = false;
  }

  @Override
  public void received(AdsStream from, Update update) {
    if (from != stream) {
      return; // given up
    }
    if (!connected) {
      answered();
    }
    owner.received(from, update);
  }

  private void answered() {
    String address = connection.address();
    if (answeredLast != null && !answeredLast.equals(address)) {
      log.info("configuration comes from " + address + ", no more from " + answeredLast);
    }
    answeredLast = address;
    connected = true;
    since = clock.instant();
    refusal = null;
    backoff.reset();
    connection.answered();
  }

  @Override
  public void ended(AdsStream from, @Nullable Throwable cause) {
    if (from == stream) {
      ended(cause);
    }
  }

  private void ended(@Nullable Throwable cause) {
    boolean answered = connected;
    lose();
    if (protocol == XdsProtocol.AUTO
        && Failure.isUnimplemented(cause)
        && withoutDelta.add(connection.address())) {
      log.info(connection.address() + " speaks no delta xDS: going on with state of the world");
      connect();
      return;
    }
    failed(Failure.text(cause), Failure.isRefusal(cause));
    long pause = !answered && connection.next() ? 0 : backoff.nextMillis();
    owner.lost();
    if (!closed) {
      connection.after(pause, this::connect);
    }
  }

  private void failed(String reason, boolean refused) {
    if (refused && !reason.equals(refusal)) {
      refusal = reason;
      log.warning(
          connection.address()
              + " refuses this workload, which goes on with what it has: "
              + refusal);
    }
    lastFailure =
        connection.addresses().size() == 1 ? reason : connection.address() + ": " + reason;
  }

  /** A failure that is not the stream's. */
  void failed(String reason) {
    lastFailure = reason;
  }

  void close() {
    closed = true;
    AdsStream open = stream;
    stream = null;
    if (open != null) {
      open.end();
    }
  }
}
