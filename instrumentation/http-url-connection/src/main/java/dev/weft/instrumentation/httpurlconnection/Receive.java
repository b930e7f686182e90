package dev.weft.instrumentation.httpurlconnection;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.ProgressSource;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.protocol.http.HttpURLConnection;

/** Stands where a connection reads a response's head. */
final class Receive {

  private Receive() {}

  /** JDKs that report progress. */
  static boolean receive(
      HttpClient client,
      MessageHeader responses,
      @Nullable ProgressSource progress,
      HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, progress);
  }

  /** JDKs that don't. */
  static boolean receive(HttpClient client, MessageHeader responses, HttpURLConnection connection)
      throws IOException {
    return receive(client, responses, connection, (Object) null);
  }

  private static boolean receive(
      HttpClient client,
      MessageHeader responses,
      HttpURLConnection connection,
      @Nullable Object progress)
      throws IOException {
    Exchange exchange = Exchange.of(connection);
    return exchange == null || exchange.decided()
        ? Jdk.parse(client, responses, connection, progress)
        : exchange.receive(client, responses, connection, progress);
  }
}
