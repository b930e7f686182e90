package dev.weft.xds;

import dev.weft.xds.proto.AggregatedDiscoveryServiceGrpc;
import dev.weft.xds.proto.DeltaDiscoveryRequest;
import dev.weft.xds.proto.DeltaDiscoveryResponse;
import dev.weft.xds.proto.Node;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** The incremental variant. Says who it is once, at first. */
final class DeltaStream implements AdsStream, StreamObserver<DeltaDiscoveryResponse> {

  private final Owner owner;
  private final StreamObserver<DeltaDiscoveryRequest> requests;
  private @Nullable Node unsaid;

  DeltaStream(Channel channel, Node node, Owner owner) {
    this.owner = owner;
    this.unsaid = node;
    this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
  }

  @Override
  public boolean bringsUnasked() {
    return true;
  }

  @Override
  public void subscribe(Interest interest) {
    send(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(interest.typeUrl())
            .putAllInitialResourceVersions(interest.initialVersions())
            .addAllResourceNamesSubscribe(interest.added())
            .addAllResourceNamesUnsubscribe(interest.removed()));
  }

  @Override
  public void answer(Update update, @Nullable String rejection, Interest interest) {
    DeltaDiscoveryRequest.Builder answer =
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(update.typeUrl())
            .setResponseNonce(update.nonce());
    if (rejection != null) {
      answer.setErrorDetail(AdsStream.rejected(rejection));
    }
    send(answer);
  }

  private void send(DeltaDiscoveryRequest.Builder request) {
    if (unsaid != null) {
      request.setNode(unsaid);
      unsaid = null;
    }
    requests.onNext(request.build());
  }

  @Override
  public void end() {
    requests.onCompleted();
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    owner.received(
        this,
        new Update(
            response.getTypeUrl(),
            response.getNonce(),
            "",
            response.getResourcesList(),
            response.getRemovedResourcesList(),
            false));
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
