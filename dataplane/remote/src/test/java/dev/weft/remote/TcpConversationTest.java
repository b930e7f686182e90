package dev.weft.remote;

import static dev.weft.remote.HttpRequestsTest.result;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.identity.WorkloadTls;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes out, bytes in, with real sockets. */
@Timeout(60)
class TcpConversationTest {

  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final SteppedTimer timer = new SteppedTimer();
  private final ScriptedServer server = new ScriptedServer();
  private final RemoteClient client = new RemoteClient(new WorkloadTls(() -> null), timer);

  @AfterEach
  void nothingIsLeft() {
    client.close();
    await().untilAsserted(() -> assertThat(server.open).isEmpty());
    server.close();
    assertThat(timer.pending()).isZero();
  }

  @Test
  void toBeConnectedIsEnough() throws Exception {
    result(converse(""));
    await().untilAsserted(() -> assertThat(server.accepted).hasSize(1));
  }

  @Test
  void whatIsExpectedMustComeInItsOrder() throws Exception {
    result(converse("GET /ok HTTP/1.1\r\n\r\n", "200", "Two: 2", "ok"));

    assertThatThrownBy(() -> result(converse("GET /last HTTP/1.1\r\n\r\n", "bye", "200")))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void whatDoesNotComeIsNotWaitedForTooLong() {
    CompletableFuture<?> outcome = converse("GET /ok HTTP/1.1\r\n\r\n", "no");
    await().untilAsserted(() -> assertThat(server.requests).hasSize(1));
    assertThat(outcome).isNotDone();

    timer.pass(LIMIT);

    assertThatThrownBy(() -> result(outcome)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void whatHasNoEndIsNotReadToIt() {
    assertThatThrownBy(() -> result(converse("GET /endless HTTP/1.1\r\n\r\n", "no")))
        .hasMessageContaining("more than 1048576 bytes");
  }

  @Test
  void nobodyListens() throws IOException {
    InetSocketAddress nobody;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) gone.getLocalSocketAddress();
    }

    assertThatThrownBy(
            () ->
                result(
                    client
                        .converse(new ConnectionKey(nobody, null), new byte[0], List.of(), LIMIT)
                        .toCompletableFuture()))
        .isInstanceOf(ConnectException.class);
  }

  /** Each blocks a thread. */
  @Test
  void noMoreThanAFewAreHeldAtATime() {
    List<CompletableFuture<?>> outcomes =
        Stream.<CompletableFuture<?>>generate(() -> converse("GET /ok HTTP/1.1\r\n\r\n", "no"))
            .limit(20)
            .toList();
    await().untilAsserted(() -> assertThat(server.accepted).hasSize(16));

    timer.pass(LIMIT);

    for (CompletableFuture<?> outcome : outcomes) {
      assertThatThrownBy(() -> result(outcome)).isInstanceOf(SocketTimeoutException.class);
    }
  }

  private CompletableFuture<?> converse(String send, String... receive) {
    return client
        .converse(
            new ConnectionKey(server.address(), null),
            send.getBytes(US_ASCII),
            Stream.of(receive).map(text -> text.getBytes(US_ASCII)).toList(),
            LIMIT)
        .toCompletableFuture();
  }
}
