package dev.weft.identity;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's ALPN names, and one of our own, beside the plain ones. A library knows {@code h2} and
 * {@code http/1.1}; on the wire a mesh client says {@code istio-h2}, {@code weft-http/1.1} and
 * {@code istio-http/1.1}, and {@code istio} to mark the connection as the mesh's whatever it
 * carries.
 */
final class MeshAlpn {

  static final String H2 = "h2";
  static final String HTTP_1_1 = "http/1.1";

  /**
   * Weft's own name for HTTP/1.1. A server that agrees on it remembers who calls for as long as the
   * connection lasts; a client may then say so once. Others don't know the name and agree on
   * Istio's, which is offered next to it.
   */
  static final String REMEMBERING = "weft-http/1.1";

  private static final String ISTIO_HTTP_1_1 = "istio-http/1.1";
  private static final String PREFIX = "istio-";
  private static final String ANY = "istio";

  /** Stands for "no protocol was agreed on", by {@code SSLEngine#getApplicationProtocol}. */
  private static final String NONE = "";

  private MeshAlpn() {}

  /**
   * What a client offers.
   *
   * @param mesh the destination's names, in order of preference
   * @param library plain names that the library offered; none means HTTP/1.1
   */
  static String[] offer(List<String> mesh, List<String> library) {
    List<String> spoken = library.isEmpty() ? List.of(HTTP_1_1) : library;
    List<String> names = new ArrayList<>();
    boolean agreed = false;
    for (String name : mesh) {
      String plain = plain(name);
      if (spoken.contains(plain)) {
        if (name.equals(ISTIO_HTTP_1_1)) {
          names.add(REMEMBERING);
        }
        names.add(name);
        agreed = true;
      } else if (!plain.equals(H2) && !plain.equals(HTTP_1_1) && !name.equals(ANY)) {
        names.add(name);
      }
    }
    if (!agreed) {
      // The destination names nothing that the library can speak: let the server decide.
      int at = 0;
      for (String plain : spoken) {
        if (plain.equals(H2) || plain.equals(HTTP_1_1)) {
          names.add(at++, PREFIX + plain);
        }
      }
    }
    names.add(ANY);
    return names.toArray(String[]::new);
  }

  /**
   * What a server picks.
   *
   * @param offered the client's names
   * @param spoken plain names that the server speaks
   * @return one of the client's names; empty to agree on none, which means HTTP/1.1
   */
  static String select(List<String> offered, List<String> spoken) {
    if (spoken.contains(H2)) {
      String h2 = firstMeaning(H2, offered);
      if (h2 != null) {
        return h2;
      }
    }
    String http = spoken.contains(HTTP_1_1) ? firstMeaning(HTTP_1_1, offered) : null;
    if (http != null) {
      return http;
    }
    return offered.contains(ANY) ? ANY : NONE;
  }

  /** The client's first name for a plain one; null if it has none. */
  static @Nullable String firstMeaning(String plain, List<String> offered) {
    for (String name : offered) {
      if (plain(name).equals(plain)) {
        return name;
      }
    }
    return null;
  }

  /** The plain names among those offered, each once, in their order. */
  static List<String> plain(List<String> offered) {
    List<String> names = new ArrayList<>();
    for (String name : offered) {
      String plain = plain(name);
      if (!plain.isEmpty() && !names.contains(plain)) {
        names.add(plain);
      }
    }
    return names;
  }

  /** {@code istio-h2} is {@code h2}; {@code istio} alone says nothing of what is spoken. */
  static String plain(String name) {
    if (name.equals(ANY)) {
      return NONE;
    }
    if (name.equals(REMEMBERING)) {
      return HTTP_1_1;
    }
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }
}
