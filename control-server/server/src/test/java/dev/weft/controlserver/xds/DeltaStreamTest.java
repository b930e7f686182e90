package dev.weft.controlserver.xds;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeltaStreamTest {
  private final FakeTransport transport = new FakeTransport();
  private final Set<DeltaStream> ended = new HashSet<>();
  private ResourceSnapshot snapshot = clusters("1");
  private final DeltaStream stream =
      new DeltaStream(
          1,
          transport,
          node -> DeltaSessionTest.client(XdsClient.Kind.ENVOY),
          "127.0.0.1:1",
          Instant.EPOCH,
          () -> snapshot,
          Runnable::run,
          new DiscoveryMetrics(new SimpleMeterRegistry()),
          ended::add);

  private static ResourceSnapshot clusters(String text) {
    return FakeSnapshot.of(ResourceType.CLUSTER, Map.of("a", text));
  }

  private void subscribe() {
    stream.onNext(DeltaSessionTest.request(ResourceType.CLUSTER).build());
  }

  @Test
  void aClientThatDoesNotReadIsSentOnlyTheNewestWhenItReads() {
    transport.ready = false;
    subscribe();
    for (int i = 0; i < 1000; i++) {
      snapshot = clusters("v" + i);
      stream.wake();
    }
    assertThat(transport.sent).isEmpty();
    transport.ready = true;
    transport.onReady.run();

    assertThat(transport.sent).hasSize(1);
    assertThat(transport.sent.get(0).getResources(0).getVersion())
        .isEqualTo(
            clusters("v999")
                .all(DeltaSessionTest.client(XdsClient.Kind.ENVOY), ResourceType.CLUSTER)
                .iterator()
                .next()
                .version());
  }

  @Test
  void takesOneRequestAtATime() {
    assertThat(transport.requested).isEqualTo(1);
    subscribe();

    assertThat(transport.requested).isEqualTo(2);
  }

  @Test
  void anEndedStreamIsForgottenAndSentNothing() {
    subscribe();
    transport.onCancel.run();
    snapshot = clusters("2");
    stream.wake();

    assertThat(ended).containsExactly(stream);
    assertThat(transport.sent).hasSize(1);
  }

  @Test
  void aShutdownLetsTheClientReconnect() {
    subscribe();
    stream.shutdown();

    assertThat(Status.fromThrowable(transport.error).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(ended).containsExactly(stream);
  }

  private static final class FakeTransport
      extends ServerCallStreamObserver<DeltaDiscoveryResponse> {
    final List<DeltaDiscoveryResponse> sent = new ArrayList<>();
    boolean ready = true;
    int requested;
    Runnable onReady = () -> {};
    Runnable onCancel = () -> {};
    @Nullable Throwable error;

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      onReady = handler;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      onCancel = handler;
    }

    @Override
    public void request(int count) {
      requested += count;
    }

    @Override
    public void onNext(DeltaDiscoveryResponse response) {
      sent.add(response);
    }

    @Override
    public void onError(Throwable cause) {
      error = cause;
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoRequest() {}

    @Override
    @Deprecated
    public void disableAutoInboundFlowControl() {}
  }
}
