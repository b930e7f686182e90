package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.api.Advice;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** Where a request goes, and whether it's encrypted. */
final class SteeringAdvice {

  private SteeringAdvice() {}

  /** The address to connect to and to pool by. Woven into {@code HttpRequestImpl}. */
  static final class Address {

    private Address() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable InetSocketAddress steer(@Advice.FieldValue("proxy") @Nullable Proxy carried) {
      Sending sending = Sending.of(carried);
      return sending == null ? null : sending.target();
    }
  }

  /** Whether the client picks TLS. Woven into {@code HttpRequestImpl}. */
  static final class Secure {

    private Secure() {}

    @Advice.OnMethodExit
    @Advice.AssignReturned
    static boolean secure(
        @Advice.Return boolean secure, @Advice.FieldValue("proxy") @Nullable Proxy carried) {
      Sending sending = Sending.of(carried);
      return secure || (sending != null && sending.encrypted());
    }
  }

  /**
   * The Host header, where the client leaves out the port that is the scheme's default: of the
   * application's scheme, not of the connection's. Woven into {@code Http1Request}.
   */
  static final class HostHeader {

    private HostHeader() {}

    @Advice.OnMethodExit
    @Advice.AssignReturned
    static String host(@Advice.Return String host, @Advice.FieldValue("request") Object request) {
      Sending sending = Sending.ofRequest(request);
      String authority = sending == null ? null : sending.attempt().authority();
      if (authority != null) {
        return authority;
      }
      if (sending == null || !sending.encrypted()) {
        return host;
      }
      URI uri = ((HttpRequest) request).uri();
      int port = uri.getPort();
      return port == -1 || port == 80 ? uri.getHost() : uri.getHost() + ':' + port;
    }
  }
}
