package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.outbound.ConnectionKey;
import java.net.URL;
import org.jspecify.annotations.Nullable;
import sun.net.www.http.HttpClient;
import sun.net.www.http.KeepAliveCache;

/** Stands where the JDK's keep-alive cache is used: mesh connections have a key of their own. */
final class Pool {

  /**
   * Idle connections kept to one endpoint. The JDK's five are plenty in plaintext; over TLS the
   * sixth concurrent caller would shake hands for every request.
   */
  static final int MAX_IDLE = 256;

  private static final ThreadLocal<Boolean> PUTTING = new ThreadLocal<>();

  private Pool() {}

  static @Nullable HttpClient get(KeepAliveCache cache, URL url, @Nullable Object key) {
    Steering steering = Steering.current();
    if (steering == null) {
      return cache.get(url, key);
    }
    ConnectionKey own = steering.key();
    return own == null ? null : cache.get(url, own);
  }

  static void put(KeepAliveCache cache, URL url, @Nullable Object key, HttpClient client) {
    Sending sending = Exchange.sendingOf(client);
    if (sending == null) {
      cache.put(url, key, client);
      return;
    }
    PUTTING.set(true);
    try {
      cache.put(url, sending.attempt().connectionKey(), client);
    } finally {
      PUTTING.remove();
    }
  }

  /** Whether the current thread is putting a mesh connection back. */
  static boolean putting() {
    return PUTTING.get() != null;
  }
}
