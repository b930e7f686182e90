package dev.weft.xds;

import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.xds.proto.ListeningPort;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.WorkloadRegistrationGrpc;
import dev.weft.xds.proto.WorkloadState;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes the workload known for as long as it lives: one stream, opened again whenever it ends, on
 * which the whole state is sent whenever it changed (weft.v1.WorkloadRegistration).
 */
public final class WorkloadRegistration implements AutoCloseable {

  private static final Logger log = Logger.getLogger(WorkloadRegistration.class.getName());

  /**
   * How it stands.
   *
   * @param registered whether the server accepted the state that was sent last
   * @param refusal why it did not; null if it did, or has not answered
   * @param failure why there is no stream; null if there is one
   */
  public record Status(boolean registered, @Nullable String refusal, @Nullable String failure) {}

  private final ControlConnection connection;
  private final Workload workload;
  private volatile Status status = new Status(false, null, null);

  // The rest is the connection's thread's.
  private final Backoff backoff = new Backoff(() -> ThreadLocalRandom.current().nextDouble());
  private List<ListeningPort> ports = List.of();
  private boolean draining;
  private boolean started;
  private @Nullable Stream stream;

  public WorkloadRegistration(ControlConnection connection, Workload workload) {
    this.connection = connection;
    this.workload = workload;
    connection.onMove(this::moved);
  }

  /** Connects, and keeps connecting. Returns at once. */
  public void start() {
    connection.execute(
        () -> {
          started = true;
          connect();
        });
  }

  /**
   * Says where the workload listens now. Sent only if it differs from what was said last.
   *
   * @param listening every listening socket, guarded or not; those not served yet aren't told of
   */
  public void update(List<ListeningPorts.ListeningPort> listening) {
    List<ListeningPort> said =
        listening.stream()
            .filter(ListeningPorts.ListeningPort::serving)
            .map(WorkloadRegistration::port)
            .toList();
    connection.execute(
        () -> {
          boolean same = said.equals(this.ports);
          this.ports = said;
          if (!same) {
            say();
          }
        });
  }

  /**
   * Its endpoints get no new requests from now on, and not from a stream opened later either. The
   * stream goes on: without one, an endpoint that configuration declares would count as ready.
   */
  public void drain() {
    connection.execute(
        () -> {
          draining = true;
          say();
        });
  }

  public Status status() {
    return status;
  }

  /** Ends the stream, and so the registration. The connection stays open. */
  @Override
  public void close() {
    connection.execute(
        () -> {
          started = false;
          Stream open = stream;
          stream = null;
          if (open != null) {
            open.requests.onCompleted();
          }
        });
  }

  private static ListeningPort port(ListeningPorts.ListeningPort port) {
    String guard = port.guardedBy();
    return ListeningPort.newBuilder()
        .setNumber(port.port())
        .setGuarded(guard != null)
        .setBy(guard != null ? guard : port.by())
        .build();
  }

  private void say() {
    if (stream != null) {
      stream.say();
    }
  }

  private void connect() {
    if (!started || stream != null) {
      return;
    }
    connection.expectReachable();
    try {
      Stream opened = new Stream();
      stream = opened;
      opened.say();
    } catch (RuntimeException e) {
      ended(e);
    }
  }

  /** Another server is to be used. */
  private void moved() {
    Stream open = stream;
    if (open != null) {
      stream = null;
      open.requests.onCompleted();
      connect();
    }
  }

  private void answered(String refusal) {
    if (!refusal.isEmpty() && !refusal.equals(status.refusal())) {
      log.warning(
          connection.address() + " refuses this workload, so nothing is routed to it: " + refusal);
    }
    status = new Status(refusal.isEmpty(), refusal.isEmpty() ? null : refusal, null);
  }

  private void ended(@Nullable Throwable cause) {
    stream = null;
    status = new Status(false, status.refusal(), Failure.text(cause));
    connection.after(backoff.nextMillis(), this::connect);
  }

  /** One stream; what comes from one that was given up is not listened to. */
  private final class Stream implements StreamObserver<RegistrationState> {

    private final StreamObserver<WorkloadState> requests =
        WorkloadRegistrationGrpc.newStub(connection.channel()).register(this);
    private long sequence;

    void say() {
      sequence++;
      requests.onNext(
          WorkloadState.newBuilder()
              .setSequence(sequence)
              .setService(workload.service())
              .setNamespace(workload.namespace())
              .setServiceAccount(workload.serviceAccount())
              .setAddress(workload.address())
              .putAllLabels(workload.labels())
              .addAllPorts(ports)
              .setReady(!draining)
              .setUserAgent(workload.userAgent())
              .setInstance(workload.instance())
              .build());
    }

    @Override
    public void onNext(RegistrationState answer) {
      if (stream != this) {
        return;
      }
      backoff.reset();
      if (answer.getSequence() == sequence) {
        answered(answer.getRefusal());
      }
    }

    @Override
    public void onError(Throwable cause) {
      if (stream == this) {
        ended(cause);
      }
    }

    @Override
    public void onCompleted() {
      if (stream == this) {
        ended(null);
      }
    }
  }
}
