package dev.weft.controlserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.xds.proto.ListeningPort;
import dev.weft.xds.proto.RegistrationState;
import dev.weft.xds.proto.WorkloadRegistrationGrpc;
import dev.weft.xds.proto.WorkloadState;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workloads come, serve what they are entitled to, and go. */
class RegistrationTest extends ServerTest {

  private static final String CLUSTER = "outbound|8080||catalog.shop.svc.cluster.local";

  RegistrationTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  @Test
  void endpointsComeAndGoWithTheirWorkload() throws Exception {
    DeltaClient client = clientOfCatalog();
    Workload workload = new Workload(plaintext());

    assertThat(workload.tell("10.1.2.3")).isEmpty();
    awaitEndpoints(client, "10.1.2.3");
    awaitStatus("\"guarded\" : true");
    assertThat(workload.tell("10.1.2.4")).isEmpty();
    awaitEndpoints(client, "10.1.2.4");
    workload.leave();
    awaitEndpoints(client);
  }

  @Test
  void aWorkloadThatBreaksOffIsGone() throws Exception {
    DeltaClient client = client();
    client.subscribe(DeltaClient.LISTENER, "catalog:8080");
    ManagedChannel own = plaintext();
    assertThat(new Workload(own).tell("10.9.9.9")).isEmpty();
    awaitEndpoints(client, "10.9.9.9");
    own.shutdownNow();

    awaitEndpoints(client);
  }

  @Test
  void aWorkloadIsOnlyWhoItsTokenSays() throws Exception {
    Workload workload = new Workload(plaintext());

    assertThat(workload.tell(Workload.state("10.6.6.6").setNamespace("bank")))
        .contains("shop/catalog");
    awaitStatus("\"reason\" : \"the token is shop/catalog's, not bank/catalog's\"");
    assertThat(server.get("/api/services")).doesNotContain("10.6.6.6");
  }

  @Test
  void aWorkloadServesOnlyWhatItsAccountIsEntitledTo() throws Exception {
    Path file = config.resolve("payments.yaml");
    Workload workload = new Workload(plaintext());
    String refusal = workload.tell(Workload.state("10.7.7.7").setService("payments"));

    assertThat(refusal)
        .startsWith("spiffe://cluster.local/ns/shop/sa/catalog may not serve payments.shop.svc");
    awaitStatus(refusal);
    assertThat(server.get("/api/services")).doesNotContain("payments");

    Files.writeString(
        file,
        CATALOG.replace("catalog", "payments")
            + "  subjectAltNames: ['spiffe://cluster.local/ns/shop/sa/catalog']\n");
    assertThat(workload.answer()).isEmpty();
    Files.delete(file);
    assertThat(workload.answer()).isEqualTo(refusal);
  }

  @Test
  void oneIdentityHasNoMoreRegistrationsThanAnyServiceNeeds(@TempDir Path directory)
      throws Exception {
    String crowd = ServerProcess.token("shop/crowd", state, directory.resolve("token.log"));
    ManagedChannel channel = plaintext();
    BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
    for (int i = 0; i <= 2_000; i++) {
      new Workload(channel, crowd, ended);
    }

    Status refused = ended.poll(30, TimeUnit.SECONDS);
    assertThat(refused).isNotNull();
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getDescription()).isEqualTo("shop/crowd has 2000 streams already");
    assertThat(ended).isEmpty();
  }

  @Test
  void aWorkloadThatSaysTooMuchIsNotListenedTo() throws Exception {
    BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
    new Workload(plaintext(), token, ended)
        .states.onNext(Workload.state("10.1.2.3").putLabels("much", "x".repeat(1 << 16)).build());

    Status refused = ended.poll(10, TimeUnit.SECONDS);
    assertThat(refused).isNotNull();
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  private static void awaitEndpoints(DeltaClient client, String... addresses) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(endpoints(client)).containsExactly(addresses));
  }

  private static List<String> endpoints(DeltaClient client) throws InvalidProtocolBufferException {
    Resource resource = client.held(DeltaClient.ENDPOINTS).get(CLUSTER);
    return resource == null
        ? List.of("no assignment")
        : resource.getResource().unpack(ClusterLoadAssignment.class).getEndpointsList().stream()
            .flatMap(locality -> locality.getLbEndpointsList().stream())
            .map(e -> e.getEndpoint().getAddress().getSocketAddress().getAddress())
            .toList();
  }

  /** A workload's registration stream. */
  private final class Workload {
    private final BlockingQueue<RegistrationState> answers = new LinkedBlockingQueue<>();
    private final StreamObserver<WorkloadState> states;

    Workload(ManagedChannel channel) {
      this(channel, token, new LinkedBlockingQueue<>());
    }

    Workload(ManagedChannel channel, String identity, BlockingQueue<Status> ended) {
      states =
          WorkloadRegistrationGrpc.newStub(channel)
              .withCallCredentials(bearer(identity))
              .register(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(RegistrationState answer) {
                      answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable cause) {
                      ended.add(Status.fromThrowable(cause));
                    }

                    @Override
                    public void onCompleted() {}
                  });
    }

    static WorkloadState.Builder state(String address) {
      return WorkloadState.newBuilder()
          .setService("catalog")
          .setNamespace("shop")
          .setServiceAccount("catalog")
          .setAddress(address)
          .putLabels("app", "catalog")
          .addPorts(ListeningPort.newBuilder().setNumber(8080).setGuarded(true).setBy("tomcat"))
          .setReady(true)
          .setInstance("i1");
    }

    String tell(String address) throws InterruptedException {
      return tell(state(address));
    }

    /** Returns the refusal; empty if there is none. */
    String tell(WorkloadState.Builder state) throws InterruptedException {
      states.onNext(state.build());
      return answer();
    }

    String answer() throws InterruptedException {
      RegistrationState answer = answers.poll(10, TimeUnit.SECONDS);
      return answer == null ? "no answer" : answer.getRefusal();
    }

    void leave() {
      states.onCompleted();
    }
  }
}
