package dev.weft.xds;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import dev.weft.xds.proto.AggregatedDiscoveryServiceGrpc;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.DeltaDiscoveryResponse;
import dev.weft.xds.proto.DiscoveryRequest;
import dev.weft.xds.proto.DiscoveryResponse;
import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateResponse;
import dev.weft.xds.proto.IstioCertificateServiceGrpc;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.Resource;
import dev.weft.xds.proto.WorkloadRegistrationGrpc;
import dev.weft.xds.proto.WorkloadState;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A control server on the loopback interface that does what the test says, and nothing by itself.
 */
final class ScriptedControlServer implements AutoCloseable {

  static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
  static final String ROUTE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
  static final String CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  static final String ENDPOINTS =
      "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
  static final String NAMES = "type.googleapis.com/weft.v1.NameTable";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  final BlockingQueue<String> authorizations = new LinkedBlockingQueue<>();
  final BlockingQueue<Registration> registrations = new LinkedBlockingQueue<>();
  private final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
  private final Server server;
  private final int port;

  private final BlockingQueue<WorldStream> worldStreams = new LinkedBlockingQueue<>();

  private ScriptedControlServer(int wantedPort, boolean delta) {
    server =
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), wantedPort),
                InsecureServerCredentials.create())
            .addService(delta ? new Discovery() : new WorldDiscovery())
            .addService(new Registry())
            .addService(new Authority())
            .intercept(new Authorizations())
            .build();
    try {
      server.start();
      this.port = server.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ScriptedControlServer start() {
    return new ScriptedControlServer(0, true);
  }

  /** One that knows state of the world alone. */
  static ScriptedControlServer withoutDelta() {
    return new ScriptedControlServer(0, false);
  }

  /**
   * At the address where one was before.
   *
   * @param kept its port, by {@link #closeAndKeepPort}
   */
  static ScriptedControlServer startAt(Socket kept) throws IOException {
    int port = kept.getLocalPort();
    // Linux lets two bind a port that both are willing to share while neither listens.
    if (!System.getProperty("os.name").equals("Linux")) {
      kept.close();
    }
    try (kept) {
      return new ScriptedControlServer(port, true);
    }
  }

  /** Ends, and sees to it that nobody else is given the port before the next one starts. */
  Socket closeAndKeepPort() throws IOException {
    int port = port();
    close();
    Socket kept = new Socket();
    kept.setReuseAddress(true);
    kept.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return kept;
  }

  int port() {
    return port;
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  Stream nextStream() {
    return next(streams);
  }

  WorldStream nextWorldStream() {
    return next(worldStreams);
  }

  boolean hasStream() {
    return !streams.isEmpty();
  }

  static <T> T next(BlockingQueue<T> queue) {
    try {
      return requireNonNull(queue.poll(10, TimeUnit.SECONDS), "nothing came within 10 s");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One configuration stream, seen from the server. */
  static final class Stream implements StreamObserver<DeltaDiscoveryRequest> {

    private final BlockingQueue<DeltaDiscoveryRequest> requests = new LinkedBlockingQueue<>();
    private final Deque<DeltaDiscoveryRequest> setAside = new ArrayDeque<>();
    private final StreamObserver<DeltaDiscoveryResponse> responses;
    private int nonces;

    Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
      this.responses = responses;
    }

    /** The next request about this type; the others are kept for later. */
    DeltaDiscoveryRequest next(String typeUrl) {
      for (DeltaDiscoveryRequest request : setAside) {
        if (request.getTypeUrl().equals(typeUrl)) {
          setAside.remove(request);
          return request;
        }
      }
      while (true) {
        DeltaDiscoveryRequest request = ScriptedControlServer.next(requests);
        if (request.getTypeUrl().equals(typeUrl)) {
          return request;
        }
        setAside.add(request);
      }
    }

    /** The next request, whatever it is about. */
    DeltaDiscoveryRequest next() {
      return setAside.isEmpty() ? ScriptedControlServer.next(requests) : setAside.remove();
    }

    boolean isQuiet() {
      return requests.isEmpty() && setAside.isEmpty();
    }

    /** Sends resources of one version, and waits for the answer. */
    DeltaDiscoveryRequest push(
        String typeUrl, String version, Map<String, ? extends MessageLite> resources) {
      return push(typeUrl, version, resources, List.of());
    }

    DeltaDiscoveryRequest push(
        String typeUrl,
        String version,
        Map<String, ? extends MessageLite> resources,
        List<String> removed) {
      return answer(send(typeUrl, version, resources, removed));
    }

    private DeltaDiscoveryRequest answer(String nonce) {
      while (true) {
        DeltaDiscoveryRequest request = ScriptedControlServer.next(requests);
        if (request.getResponseNonce().equals(nonce)) {
          return request;
        }
        setAside.add(request);
      }
    }

    String send(
        String typeUrl,
        String version,
        Map<String, ? extends MessageLite> resources,
        List<String> removed) {
      String nonce = "n" + ++nonces;
      DeltaDiscoveryResponse.Builder response =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(typeUrl)
              .setNonce(nonce)
              .addAllRemovedResources(removed);
      resources.forEach(
          (name, resource) ->
              response.addResources(
                  Resource.newBuilder()
                      .setName(name)
                      .setVersion(version)
                      .setResource(
                          Any.newBuilder().setTypeUrl(typeUrl).setValue(resource.toByteString()))));
      responses.onNext(response.build());
      return nonce;
    }

    /** Sends one resource, or a heartbeat for it, and waits for the answer. */
    DeltaDiscoveryRequest push(String typeUrl, Resource.Builder resource) {
      String nonce = "n" + ++nonces;
      responses.onNext(
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(typeUrl)
              .setNonce(nonce)
              .addResources(resource)
              .build());
      return answer(nonce);
    }

    void fail(Status status) {
      responses.onError(status.asRuntimeException());
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {
      responses.onCompleted();
    }
  }

  /** One registration stream, seen from the server. */
  static final class Registration implements StreamObserver<WorkloadState> {

    final BlockingQueue<WorkloadState> states = new LinkedBlockingQueue<>();
    final StreamObserver<RegistrationState> answers;

    Registration(StreamObserver<RegistrationState> answers) {
      this.answers = answers;
    }

    void answer(WorkloadState state, String refusal) {
      answers.onNext(
          RegistrationState.newBuilder()
              .setSequence(state.getSequence())
              .setRefusal(refusal)
              .build());
    }

    @Override
    public void onNext(WorkloadState state) {
      states.add(state);
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }

  private final class Discovery
      extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
        StreamObserver<DeltaDiscoveryResponse> responses) {
      Stream stream = new Stream(responses);
      streams.add(stream);
      return stream;
    }
  }

  /** One state-of-the-world stream, seen from the server. */
  static final class WorldStream implements StreamObserver<DiscoveryRequest> {

    private final BlockingQueue<DiscoveryRequest> requests = new LinkedBlockingQueue<>();
    private final Deque<DiscoveryRequest> setAside = new ArrayDeque<>();
    private final StreamObserver<DiscoveryResponse> responses;
    private int nonces;

    WorldStream(StreamObserver<DiscoveryResponse> responses) {
      this.responses = responses;
    }

    /** The next request about this type; the others are kept for later. */
    DiscoveryRequest next(String typeUrl) {
      for (DiscoveryRequest request : setAside) {
        if (request.getTypeUrl().equals(typeUrl)) {
          setAside.remove(request);
          return request;
        }
      }
      return await(request -> request.getTypeUrl().equals(typeUrl));
    }

    private DiscoveryRequest await(Predicate<DiscoveryRequest> wanted) {
      while (true) {
        DiscoveryRequest request = ScriptedControlServer.next(requests);
        if (wanted.test(request)) {
          return request;
        }
        setAside.add(request);
      }
    }

    /** Sends resources of one version, and waits for the answer. */
    DiscoveryRequest push(String typeUrl, String version, MessageLite... resources) {
      DiscoveryResponse.Builder response = response(typeUrl, version);
      for (MessageLite resource : resources) {
        response.addResources(
            Any.newBuilder().setTypeUrl(typeUrl).setValue(resource.toByteString()));
      }
      return push(response);
    }

    /** The same, with a resource, or a heartbeat for it, in a message of its own. */
    DiscoveryRequest push(String typeUrl, String version, Resource.Builder wrapped) {
      return push(
          response(typeUrl, version)
              .addResources(
                  Any.newBuilder()
                      .setTypeUrl("type.googleapis.com/envoy.service.discovery.v3.Resource")
                      .setValue(wrapped.build().toByteString())));
    }

    private DiscoveryResponse.Builder response(String typeUrl, String version) {
      return DiscoveryResponse.newBuilder()
          .setTypeUrl(typeUrl)
          .setVersionInfo(version)
          .setNonce("n" + ++nonces);
    }

    private DiscoveryRequest push(DiscoveryResponse.Builder response) {
      responses.onNext(response.build());
      return await(request -> request.getResponseNonce().equals(response.getNonce()));
    }

    void fail(Status status) {
      responses.onError(status.asRuntimeException());
    }

    @Override
    public void onNext(DiscoveryRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {
      responses.onCompleted();
    }
  }

  private final class WorldDiscovery
      extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(
        StreamObserver<DiscoveryResponse> responses) {
      WorldStream stream = new WorldStream(responses);
      worldStreams.add(stream);
      return stream;
    }
  }

  private final class Registry extends WorkloadRegistrationGrpc.WorkloadRegistrationImplBase {
    @Override
    public StreamObserver<WorkloadState> register(StreamObserver<RegistrationState> answers) {
      Registration registration = new Registration(answers);
      registrations.add(registration);
      return registration;
    }
  }

  /** Signs "good"; refuses all else. */
  private static final class Authority
      extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    @Override
    public void createCertificate(
        IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> response) {
      if (!request.getCsr().equals("good")) {
        response.onError(
            Status.PERMISSION_DENIED.withDescription("who are you?").asRuntimeException());
        return;
      }
      response.onNext(
          IstioCertificateResponse.newBuilder()
              .addCertChain("leaf for " + request.getValidityDuration() + " s")
              .addCertChain("root")
              .build());
      response.onCompleted();
    }
  }

  private final class Authorizations implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String authorization = headers.get(AUTHORIZATION);
      authorizations.add(authorization == null ? "" : authorization);
      return next.startCall(call, headers);
    }
  }
}
