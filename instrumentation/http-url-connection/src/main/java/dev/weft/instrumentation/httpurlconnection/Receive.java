package dev.weft.instrumentation.httpurlconnection;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.ProgressSource;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.protocol.http.HttpURLConnection;

/** Stands where a connection reads a response's head: the JDK has one signature or the other. */
final class Receive {

  static {
    Essentials.load();
  }

  private Receive() {}

  static boolean receive(
      HttpClient client,
      MessageHeader responses,
      @Nullable ProgressSource progress,
      HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, progress, false);
  }

  static boolean receive(HttpClient client, MessageHeader responses, HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, null, false);
  }

  /** Before a body is sent, if the application asks for that. */
  static boolean expect(
      HttpClient client,
      MessageHeader responses,
      @Nullable ProgressSource progress,
      HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, progress, true);
  }

  static boolean expect(HttpClient client, MessageHeader responses, HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, null, true);
  }

  private static boolean receive(
      HttpClient client,
      MessageHeader responses,
      HttpURLConnection connection,
      @Nullable Object progress,
      boolean expecting)
      throws IOException {
    Exchange exchange = Exchange.of(connection);
    return exchange == null || exchange.decided()
        ? Steering.without(() -> Jdk.parse(client, responses, connection, progress))
        : exchange.receive(client, connection, progress, expecting);
  }
}
