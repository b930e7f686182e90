package dev.weft.instrumentation.httpurlconnection;

import java.io.IOException;
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

  /** Set in place, as {@link Steering}'s is. */
  private static final ThreadLocal<boolean[]> PUTTING =
      ThreadLocal.withInitial(() -> new boolean[1]);

  static {
    Essentials.load();
  }

  private Pool() {}

  static @Nullable HttpClient get(KeepAliveCache cache, URL url, @Nullable Object key)
      throws IOException {
    Steering steering = Steering.current();
    if (steering == null) {
      return cache.get(url, key);
    }
    Sending sending = steering.sending();
    if (sending == null) {
      return null;
    }
    while (true) {
      HttpClient client = cache.get(url, Steering.guarded(sending.attempt()::connectionKey));
      MeshConnection connection = client == null ? null : MeshConnection.of(client);
      if (connection == null) {
        return client;
      } else if (connection.serves(sending.attempt())) {
        connection.carry(sending);
        return client;
      }
      client.closeServer();
    }
  }

  static void put(KeepAliveCache cache, URL url, @Nullable Object key, HttpClient client) {
    MeshConnection connection = MeshConnection.of(client);
    if (connection == null) {
      cache.put(url, key, client);
      return;
    }
    if (!connection.mayBeKept()) {
      client.closeServer();
      return;
    }
    boolean[] putting = PUTTING.get();
    putting[0] = true;
    try {
      cache.put(url, connection.key(), client);
    } finally {
      putting[0] = false;
    }
  }

  /** Whether the current thread is putting a mesh connection back. */
  static boolean putting() {
    return PUTTING.get()[0];
  }
}
