package dev.weft.instrumentation.httpurlconnection;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.http.PosterOutputStream;

/** Stands where a connection writes its request; {@link WriteAdvice} says whose. */
final class Write {

  private static final ThreadLocal<@Nullable Exchange> CURRENT = new ThreadLocal<>();

  private Write() {}

  static void write(
      HttpClient client, MessageHeader head, @Nullable PosterOutputStream body, boolean streaming)
      throws IOException {
    Exchange exchange = CURRENT.get();
    if (exchange == null) {
      client.writeRequests(head, body, streaming);
    } else {
      exchange.write(client, head, body, streaming);
    }
  }

  static void enter(Exchange exchange) {
    CURRENT.set(exchange);
  }

  static void exit() {
    CURRENT.remove();
  }
}
