package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.junit.jupiter.api.Test;

/** A client that sends a byte whenever Tomcat's own timeout is nearly over. */
class SlowBodyTest {

  private static final Duration GAP = Duration.ofSeconds(19);

  private final Request request = new Request();
  private long now = Long.MAX_VALUE; // as a clock of nanoseconds may say
  private int read;

  @Test
  void isNotWaitedForBeyondOneDeadline() throws Exception {
    ReplayedBody body = body();
    assertThat(body.read(3).bytes()).hasSize(3);
    assertThatThrownBy(() -> body.read(1000)).isInstanceOf(TimeoutException.class);
    assertThat(read).isEqualTo(4);
  }

  private ReplayedBody body() {
    TomcatInternals.setProcessor(request, (code, parameter) -> {});
    request.setInputBuffer(
        new InputBuffer() {
          @Override
          public int doRead(ApplicationBufferHandler handler) {
            now += GAP.toNanos();
            read++;
            handler.setByteBuffer(ByteBuffer.allocate(1));
            return 1;
          }

          @Override
          public int available() {
            return 0;
          }
        });
    return new ReplayedBody(request, () -> now);
  }
}
