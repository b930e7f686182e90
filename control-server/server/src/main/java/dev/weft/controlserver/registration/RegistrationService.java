package dev.weft.controlserver.registration;

import com.google.common.net.InetAddresses;
import dev.weft.controlserver.identity.Caller;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.registration.Registration.Port;
import dev.weft.controlserver.registration.WorkloadRegistry.Registrant;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.WorkloadRegistrationGrpc.WorkloadRegistrationImplBase;
import dev.weft.xds.proto.WorkloadState;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * weft.v1.WorkloadRegistration: a stream's workload is registered until the stream ends, however it
 * ends. Without a proven identity there is no registration. When the verdict on a state changes, as
 * configuration or other workloads do, it is sent again.
 */
public final class RegistrationService extends WorkloadRegistrationImplBase {
  private static final Logger log = LoggerFactory.getLogger(RegistrationService.class);

  /** Far more than any service has replicas. */
  static final int MOST_STREAMS_OF_AN_IDENTITY = 2_000;

  /** In bytes: room for hundreds of ports and labels. */
  static final int LONGEST_STATE = 32 << 10;

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private final WorkloadRegistry registry;
  private final Clock clock;
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

  public RegistrationService(WorkloadRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public StreamObserver<WorkloadState> register(StreamObserver<RegistrationState> answers) {
    Caller caller = Caller.current();
    try {
      Identity identity = caller.required();
      if (streams.stream().filter(stream -> stream.identity.equals(identity)).count()
          >= MOST_STREAMS_OF_AN_IDENTITY) {
        throw Status.RESOURCE_EXHAUSTED
            .withDescription(
                "%s has %d streams already".formatted(identity, MOST_STREAMS_OF_AN_IDENTITY))
            .asRuntimeException();
      }
      Stream stream = new Stream(identity, caller, clock.instant(), answers);
      streams.add(stream);
      return stream;
    } catch (StatusRuntimeException e) {
      answers.onError(e);
      return new Refused();
    }
  }

  /** Ends all streams, so that their workloads register elsewhere. */
  public void shutdown() {
    streams.forEach(Stream::shutdown);
  }

  /** What is wrong with a state that a workload reports of itself; null if nothing. */
  static @Nullable String refusal(Identity identity, InetAddress peer, WorkloadState state) {
    if (!state.getNamespace().equals(identity.namespace())
        || !state.getServiceAccount().equals(identity.serviceAccount())) {
      return "the token is %s's, not %s/%s's"
          .formatted(identity, state.getNamespace(), state.getServiceAccount());
    }
    if (!DNS_LABEL.matcher(state.getService()).matches()) {
      return "service \"%s\" is not a DNS label".formatted(state.getService());
    }
    if (!InetAddresses.isInetAddress(state.getAddress())) {
      return "address \"%s\" is not an IP address".formatted(state.getAddress());
    }
    // Whoever is on this machine may register for what others reach by another address.
    if (!peer.isLoopbackAddress() && !InetAddresses.forString(state.getAddress()).equals(peer)) {
      return "address %s is not the one that it connects from, %s"
          .formatted(state.getAddress(), InetAddresses.toAddrString(peer));
    }
    if (state.getInstance().isEmpty()) {
      return "instance is empty";
    }
    for (var port : state.getPortsList()) {
      if (port.getNumber() < 1 || port.getNumber() > 65535) {
        return "port %s is not a port".formatted(Integer.toUnsignedString(port.getNumber()));
      }
    }
    return null;
  }

  private static Registration registration(Identity identity, WorkloadState state, Instant since) {
    return new Registration(
        identity,
        state.getService(),
        canonical(state.getAddress()),
        state.getLabelsMap(),
        state.getPortsList().stream()
            .map(port -> new Port(port.getNumber(), port.getGuarded(), port.getBy()))
            .toList(),
        state.getReady(),
        state.getUserAgent(),
        state.getInstance(),
        since);
  }

  private static String canonical(String address) {
    return InetAddresses.isInetAddress(address)
        ? InetAddresses.toAddrString(InetAddresses.forString(address))
        : address;
  }

  /** One stream. gRPC calls it from one thread at a time; other verdicts come from others. */
  private final class Stream implements StreamObserver<WorkloadState>, Registrant {
    private final Identity identity;
    private final Caller caller;
    private final Instant since;
    private final StreamObserver<RegistrationState> answers;
    private long sequence;

    Stream(
        Identity identity,
        Caller caller,
        Instant since,
        StreamObserver<RegistrationState> answers) {
      this.identity = identity;
      this.caller = caller;
      this.since = since;
      this.answers = answers;
    }

    @Override
    public synchronized void onNext(WorkloadState state) {
      if (!streams.contains(this)) {
        return;
      }
      if (state.getSerializedSize() > LONGEST_STATE) {
        leave();
        answers.onError(
            Status.RESOURCE_EXHAUSTED
                .withDescription("a workload's state has %d bytes at most".formatted(LONGEST_STATE))
                .asRuntimeException());
        return;
      }
      sequence = state.getSequence();
      Registration workload = registration(identity, state, since);
      String wrong = refusal(identity, caller.peer().getAddress(), state);
      if (wrong == null) {
        answer(registry.put(this, workload));
      } else {
        registry.refuse(this, workload, wrong);
        answer(Optional.of(wrong));
      }
    }

    @Override
    public synchronized void judgedAgain() {
      if (!streams.contains(this)) {
        return;
      }
      try {
        answer(registry.refusal(this));
      } catch (RuntimeException e) {
        // It is leaving, and its end has not been heard of yet.
        log.debug("{} can't be told that it is judged again", identity, e);
      }
    }

    private void answer(Optional<String> refusal) {
      refusal.ifPresent(
          reason ->
              log.warn(
                  "a registration of {} from {} is refused: {}",
                  identity,
                  caller.peerText(),
                  reason));
      answers.onNext(
          RegistrationState.newBuilder()
              .setSequence(sequence)
              .setRefusal(refusal.orElse(""))
              .build());
    }

    @Override
    public synchronized void onError(Throwable cause) {
      leave();
    }

    @Override
    public synchronized void onCompleted() {
      if (leave()) {
        answers.onCompleted();
      }
    }

    synchronized void shutdown() {
      if (leave()) {
        answers.onError(
            Status.UNAVAILABLE
                .withDescription("the control server shuts down")
                .asRuntimeException());
      }
    }

    /** Whether the stream had not ended before. */
    private boolean leave() {
      registry.remove(this);
      return streams.remove(this);
    }
  }

  private static final class Refused implements StreamObserver<WorkloadState> {
    @Override
    public void onNext(WorkloadState state) {}

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }
}
