package dev.weft.xds;

import dev.weft.xds.proto.AggregatedDiscoveryServiceGrpc;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.DeltaDiscoveryResponse;
import dev.weft.xds.proto.Node;
import dev.weft.xds.proto.Status;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** One stream of the incremental aggregated discovery service. Says who it is once, at first. */
final class AdsStream implements StreamObserver<DeltaDiscoveryResponse> {

  /** google.rpc.Code, INVALID_ARGUMENT. */
  private static final int INVALID_ARGUMENT = 3;

  /** Whoever owns the stream. Called on the connection's thread. */
  interface Owner {

    void received(AdsStream stream, DeltaDiscoveryResponse response);

    /**
     * @param cause null if the server ended it in good order
     */
    void ended(AdsStream stream, @Nullable Throwable cause);
  }

  private final Owner owner;
  private final StreamObserver<DeltaDiscoveryRequest> requests;
  private @Nullable Node unsaid;

  AdsStream(Channel channel, Node node, Owner owner) {
    this.owner = owner;
    this.unsaid = node;
    this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
  }

  void send(DeltaDiscoveryRequest.Builder request) {
    if (unsaid != null) {
      request.setNode(unsaid);
      unsaid = null;
    }
    requests.onNext(request.build());
  }

  /**
   * @param rejection null: an ACK
   */
  void answer(DeltaDiscoveryResponse response, @Nullable String rejection) {
    DeltaDiscoveryRequest.Builder answer =
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce());
    if (rejection != null) {
      answer.setErrorDetail(Status.newBuilder().setCode(INVALID_ARGUMENT).setMessage(rejection));
    }
    send(answer);
  }

  void end() {
    requests.onCompleted();
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    owner.received(this, response);
  }

  @Override
  public void onError(Throwable cause) {
    owner.ended(this, cause);
  }

  @Override
  public void onCompleted() {
    owner.ended(this, null);
  }
}
