package dev.weft.controlserver.registration;

import com.google.common.net.InetAddresses;
import dev.weft.controlserver.identity.Caller;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.registration.Registration.Port;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.WorkloadRegistrationGrpc.WorkloadRegistrationImplBase;
import dev.weft.xds.proto.WorkloadState;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * weft.v1.WorkloadRegistration: a stream's workload is registered until the stream ends, however it
 * ends. Without a proven identity there is no registration.
 */
public final class RegistrationService extends WorkloadRegistrationImplBase {
  private static final Logger log = LoggerFactory.getLogger(RegistrationService.class);
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
      Stream stream = new Stream(caller.required(), caller.peer(), clock.instant(), answers);
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
  static @Nullable String refusal(Identity identity, WorkloadState state) {
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
        state.getAddress(),
        state.getLabelsMap(),
        state.getPortsList().stream()
            .map(port -> new Port(port.getNumber(), port.getGuarded(), port.getBy()))
            .toList(),
        state.getReady(),
        state.getUserAgent(),
        state.getInstance(),
        since);
  }

  /** One stream. gRPC calls it from one thread at a time; a shutdown comes from another. */
  private final class Stream implements StreamObserver<WorkloadState> {
    private final Identity identity;
    private final String peer;
    private final Instant since;
    private final StreamObserver<RegistrationState> answers;

    Stream(
        Identity identity, String peer, Instant since, StreamObserver<RegistrationState> answers) {
      this.identity = identity;
      this.peer = peer;
      this.since = since;
      this.answers = answers;
    }

    @Override
    public synchronized void onNext(WorkloadState state) {
      if (!streams.contains(this)) {
        return;
      }
      String refusal = refusal(identity, state);
      if (refusal == null) {
        registry.put(this, registration(identity, state, since));
      } else {
        log.warn("a registration of {} from {} is refused: {}", identity, peer, refusal);
        registry.remove(this);
      }
      answers.onNext(
          RegistrationState.newBuilder()
              .setSequence(state.getSequence())
              .setRefusal(refusal == null ? "" : refusal)
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
