package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Mesh;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds what is done with a socket by closing it. A timeout of the socket's own would do too; but
 * once it had one, the JDK keeps it in non-blocking mode, and each read of a response takes three
 * system calls instead of one.
 */
final class TimeLimit {

  private final Socket socket;
  private final AtomicBoolean over = new AtomicBoolean();
  private Runnable cancel = () -> {};

  private TimeLimit(Socket socket) {
    this.socket = socket;
  }

  /**
   * Begins.
   *
   * @param millis after which it is closed
   */
  static TimeLimit of(Socket socket, int millis) {
    TimeLimit limit = new TimeLimit(socket);
    limit.cancel =
        Mesh.current().timer().schedule(TimeUnit.MILLISECONDS.toNanos(millis), limit::pass);
    return limit;
  }

  private void pass() {
    if (over.compareAndSet(false, true)) {
      try {
        socket.close();
      } catch (IOException e) {
        // Closed is all that it has to be.
      }
    }
  }

  /**
   * Ends it.
   *
   * @throws SocketTimeoutException it was too late
   */
  void lift() throws SocketTimeoutException {
    cancel.run();
    if (!over.compareAndSet(false, true)) {
      throw new SocketTimeoutException("Connect timed out");
    }
  }
}
