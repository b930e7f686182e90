package dev.weft.instrumentation.httpurlconnection;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.http.PosterOutputStream;
import sun.net.www.protocol.http.HttpURLConnection;

/** Stands where a connection writes its request. */
final class Write {

  static {
    Essentials.load();
  }

  private Write() {}

  /** The whole: the JDK writes to another connection once if one turns out dead. */
  static void request(HttpURLConnection connection) throws IOException {
    Exchange exchange = Exchange.of(connection);
    if (exchange == null) {
      Steering.without(
          () -> {
            Jdk.write(connection);
            return connection;
          });
    } else {
      exchange.write(connection);
    }
  }

  /** With the mesh's edits; the application's own view of it stays as it is. */
  static void head(
      HttpClient client, MessageHeader head, @Nullable PosterOutputStream body, boolean streaming)
      throws IOException {
    Steering steering = Steering.current();
    Sending sending = steering == null ? null : steering.sending();
    client.writeRequests(
        sending == null ? head : Steering.guarded(() -> sending.edited(head)), body, streaming);
  }

  /** By itself the JDK would write the head as it was for the connection that is dead now. */
  static void again(HttpClient client, MessageHeader sent, @Nullable PosterOutputStream body)
      throws IOException {
    Steering steering = Steering.current();
    Sending sending = steering == null ? null : steering.sending();
    client.writeRequests(
        sending == null ? sent : Steering.guarded(() -> sending.editedAgain(sent)), body);
  }
}
