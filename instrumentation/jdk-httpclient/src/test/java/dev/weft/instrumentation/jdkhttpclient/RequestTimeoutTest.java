package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The application's timeout of a request, wherever the request has got to. */
@Timeout(60)
class RequestTimeoutTest extends MeshTest {

  @Test
  void timesOutWhileTheResponseIsAwaited() throws Exception {
    TestServer server = hanging();
    mesh.service("catalog").at(server.port());

    Throwable failure = timingOut(http1(), "http://catalog/", call -> server.saw(call.path));

    assertThat(failure)
        .isExactlyInstanceOf(HttpTimeoutException.class)
        .hasMessage("request timed out");
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
    assertThat(call.attempt(1).story()).containsExactly("failed ABORTED");
  }

  @Test
  void timesOutWhileTheMeshWaits() {
    FakeMesh.Service service = mesh.service("catalog");
    service.firstWait = FakeMesh.never();

    Throwable failure = timingOut(http1(), "http://catalog/", call -> true);

    assertThat(failure).isInstanceOf(HttpTimeoutException.class);
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void timesOutBetweenAttempts() {
    TestServer failing = server(503, "not now");
    FakeMesh.Service service = mesh.service("catalog").at(failing.port()).attempts(2);
    service.backOff = FakeMesh.never();

    Throwable failure =
        timingOut(http1(), "http://catalog/", call -> call.attempt(1).outcome.getNow(0) == 503);

    assertThat(failure).isInstanceOf(HttpTimeoutException.class);
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }
}
