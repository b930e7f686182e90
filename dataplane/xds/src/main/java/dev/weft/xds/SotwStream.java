package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.xds.proto.AggregatedDiscoveryServiceGrpc;
import dev.weft.xds.proto.DiscoveryRequest;
import dev.weft.xds.proto.DiscoveryResponse;
import dev.weft.xds.proto.Node;
import dev.weft.xds.proto.Resource;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state-of-the-world variant. Says who it is with each request, which some servers expect
 * (java-control-plane).
 */
final class SotwStream implements AdsStream, StreamObserver<DiscoveryResponse> {

  private static final String WRAPPER = "type.googleapis.com/envoy.service.discovery.v3.Resource";

  /** Types of which a response holds all that there is (xds_protocol; ours as well). */
  private static final Set<String> COMPLETE =
      Set.of(
          "type.googleapis.com/envoy.config.cluster.v3.Cluster",
          "type.googleapis.com/envoy.config.listener.v3.Listener",
          "type.googleapis.com/weft.v1.NameTable");

  private final Owner owner;
  private final Node node;
  private final Map<String, String> nonces = new HashMap<>();
  private final StreamObserver<DiscoveryRequest> requests;

  SotwStream(Channel channel, Node node, Owner owner) {
    this.owner = owner;
    this.node = node;
    this.requests = AggregatedDiscoveryServiceGrpc.newStub(channel).streamAggregatedResources(this);
  }

  @Override
  public boolean bringsUnasked() {
    return false;
  }

  @Override
  public void subscribe(Interest interest) {
    requests.onNext(request(interest).build());
  }

  @Override
  public void answer(Update update, @Nullable String rejection, Interest interest) {
    DiscoveryRequest.Builder answer = request(interest);
    if (rejection != null) {
      answer.setErrorDetail(AdsStream.rejected(rejection));
    }
    requests.onNext(answer.build());
  }

  private DiscoveryRequest.Builder request(Interest interest) {
    return DiscoveryRequest.newBuilder()
        .setNode(node)
        .setTypeUrl(interest.typeUrl())
        .setVersionInfo(interest.version())
        .setResponseNonce(nonces.getOrDefault(interest.typeUrl(), ""))
        .addAllResourceNames(interest.all());
  }

  @Override
  public void end() {
    requests.onCompleted();
  }

  @Override
  public void onNext(DiscoveryResponse response) {
    nonces.put(response.getTypeUrl(), response.getNonce());
    List<Resource> resources = new ArrayList<>();
    boolean heartbeat = false;
    for (Any any : response.getResourcesList()) {
      Resource resource = unwrapped(any, response.getVersionInfo());
      heartbeat |= Update.isHeartbeat(resource);
      resources.add(resource);
    }
    owner.received(
        this,
        new Update(
            response.getTypeUrl(),
            response.getNonce(),
            response.getVersionInfo(),
            resources,
            List.of(),
            COMPLETE.contains(response.getTypeUrl()) && !heartbeat));
  }

  private static Resource unwrapped(Any any, String version) {
    if (any.getTypeUrl().equals(WRAPPER)) {
      try {
        Resource resource = Resource.parseFrom(any.getValue());
        return resource.getVersion().isEmpty()
            ? resource.toBuilder().setVersion(version).build()
            : resource;
      } catch (InvalidProtocolBufferException e) {
        // It is refused below, as no resource of its type.
      }
    }
    return Resource.newBuilder().setVersion(version).setResource(any).build();
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
