package dev.weft.instrumentation.tomcat;

import dev.weft.engine.inbound.RequestBody;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.apache.coyote.ActionCode;
import org.apache.coyote.ActionHook;
import org.apache.coyote.ContinueResponseTiming;
import org.apache.coyote.InputBuffer;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request of which a judge has read the beginning: the application reads that first,
 * then what is still to come. Stands between the request and its processor, which is asked both for
 * bytes and whether there are any.
 */
final class ReplayedBody implements InputBuffer, ActionHook {

  /** Nobody is authenticated yet, and a thread waits. */
  static final Duration LONGEST = Exchange.LONGEST_WAIT;

  private final Request request;
  private final InputBuffer input;
  private final ActionHook processor;
  private ByteArrayOutputStream read = new ByteArrayOutputStream();
  private volatile ByteBuffer unread = ByteBuffer.allocate(0);
  private final LongSupplier nanoTime;
  private final long begun;

  ReplayedBody(Request request) {
    this(request, System::nanoTime);
  }

  ReplayedBody(Request request, LongSupplier nanoTime) {
    this.request = request;
    this.nanoTime = nanoTime;
    begun = nanoTime.getAsLong();
    input = request.getInputBuffer();
    processor = TomcatInternals.processor(request);
  }

  /**
   * Reads on, on a thread that may block.
   *
   * @param atLeast so many bytes, of all there are
   * @throws TimeoutException if that takes too long from the first byte to the last, though none of
   *     them may be later than the connector allows
   */
  RequestBody read(long atLeast) throws IOException, TimeoutException {
    if (read.size() == 0 && !isReadWhole() && request.hasExpectation()) {
      processor.action(ActionCode.ACK, ContinueResponseTiming.ALWAYS);
      request.setExpectation(false); // it has been met
    }
    Chunk chunk = new Chunk();
    while (read.size() < atLeast && !isReadWhole()) {
      if (nanoTime.getAsLong() - begun > LONGEST.toNanos()) {
        throw new TimeoutException();
      }
      if (input.doRead(chunk) < 0) {
        break;
      }
      ByteBuffer bytes = chunk.getByteBuffer();
      int length = bytes.remaining();
      if (bytes.hasArray()) {
        read.write(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
      } else {
        byte[] copy = new byte[length];
        bytes.get(copy);
        read.write(copy, 0, length);
      }
    }
    byte[] bytes = read.toByteArray();
    unread = ByteBuffer.wrap(bytes);
    return new RequestBody(bytes, isReadWhole());
  }

  private boolean isReadWhole() {
    AtomicBoolean whole = new AtomicBoolean();
    processor.action(ActionCode.REQUEST_BODY_FULLY_READ, whole);
    return whole.get();
  }

  /** From now on the application reads it. */
  void offer() {
    read = new ByteArrayOutputStream(0);
    if (!unread.hasRemaining()) {
      return; // nothing of it is in the way
    }
    request.setInputBuffer(this);
    TomcatInternals.setProcessor(request, this);
  }

  /** The request is its processor's alone again, which uses it for later ones. */
  void withdraw() {
    request.setInputBuffer(input);
    TomcatInternals.setProcessor(request, processor);
  }

  @Override
  public int doRead(ApplicationBufferHandler handler) throws IOException {
    ByteBuffer bytes = unread;
    if (!bytes.hasRemaining()) {
      return input.doRead(handler);
    }
    unread = ByteBuffer.allocate(0);
    handler.setByteBuffer(bytes);
    return bytes.remaining();
  }

  @Override
  public int available() {
    ByteBuffer bytes = unread;
    return bytes.hasRemaining() ? bytes.remaining() : input.available();
  }

  @Override
  public void action(ActionCode code, @Nullable Object parameter) {
    if (code == ActionCode.REQ_SET_BODY_REPLAY) {
      // Tomcat's own login forms put another body in the place of this one.
      withdraw();
    } else if (unread.hasRemaining()) {
      if (code == ActionCode.AVAILABLE) {
        request.setAvailable(unread.remaining());
        return;
      }
      if (code == ActionCode.REQUEST_BODY_FULLY_READ) {
        flag(parameter, false);
        return;
      }
      if (code == ActionCode.NB_READ_INTEREST) {
        flag(parameter, true);
        return;
      }
    }
    processor.action(code, parameter);
  }

  private static void flag(@Nullable Object parameter, boolean value) {
    if (parameter instanceof AtomicBoolean flag) {
      flag.set(value);
    }
  }

  /** Takes what is read. */
  private static final class Chunk implements ApplicationBufferHandler {

    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer buffer) {
      bytes = buffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return bytes;
    }

    @Override
    public void expand(int size) {}
  }
}
