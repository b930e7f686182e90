package dev.weft.controlserver;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A bare client of delta ADS that accepts everything. */
final class DeltaClient implements StreamObserver<DeltaDiscoveryResponse> {
  static final String NAME_TABLE = "type.googleapis.com/weft.v1.NameTable";
  static final String LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
  static final String ENDPOINTS =
      "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

  final List<DeltaDiscoveryResponse> responses = new CopyOnWriteArrayList<>();
  final CompletableFuture<Status> ended = new CompletableFuture<>();
  private final StreamObserver<DeltaDiscoveryRequest> requests;
  private @Nullable Node node;

  DeltaClient(AggregatedDiscoveryServiceStub stub, String namespace, String serviceAccount) {
    node =
        Node.newBuilder()
            .setId("test")
            .setMetadata(
                Struct.newBuilder()
                    .putFields("GENERATOR", text("agent"))
                    .putFields("NAMESPACE", text(namespace))
                    .putFields("SERVICE_ACCOUNT", text(serviceAccount)))
            .build();
    requests = stub.deltaAggregatedResources(this);
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  void subscribe(String type, String... names) {
    send(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(type)
            .addAllResourceNamesSubscribe(List.of(names)));
  }

  private synchronized void send(DeltaDiscoveryRequest.Builder request) {
    if (node != null) {
      request.setNode(node);
      node = null;
    }
    requests.onNext(request.build());
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    responses.add(response);
    send(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce()));
  }

  /** The types of the responses so far, in order, by their short names. */
  List<String> order() {
    return responses.stream()
        .map(DeltaDiscoveryResponse::getTypeUrl)
        .map(url -> url.substring(url.lastIndexOf('.') + 1))
        .toList();
  }

  /** What it holds of a type now. */
  Map<String, Resource> held(String type) {
    Map<String, Resource> held = new TreeMap<>();
    for (DeltaDiscoveryResponse response : responses) {
      if (response.getTypeUrl().equals(type)) {
        response.getResourcesList().forEach(resource -> held.put(resource.getName(), resource));
        response.getRemovedResourcesList().forEach(held::remove);
      }
    }
    return held;
  }

  @Override
  public void onError(Throwable cause) {
    ended.complete(Status.fromThrowable(cause));
  }

  @Override
  public void onCompleted() {
    ended.complete(Status.OK);
  }
}
