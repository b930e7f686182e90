package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.model.Mirror;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Sends copies of requests to where a route mirrors them. As in Envoy nobody waits for a copy, sees
 * its response, or sends it again. It goes out when the call is decided, since a body is known
 * whole by then; a request whose body is longer than {@link #MAX_BODY}, or was streamed, isn't
 * copied.
 */
final class Mirroring {

  /** Bytes; Envoy's default per_connection_buffer_limit. */
  static final int MAX_BODY = 1 << 20;

  private static final Duration LONGEST = Duration.ofMinutes(1);

  private Mirroring() {}

  /**
   * Never fails: a copy that can't be made is none, and the call itself must go on.
   *
   * @param sent the call's first attempt, like which the copies are to look
   */
  static void send(
      OutboundRouter router,
      OutboundSnapshot snapshot,
      OutboundRequest request,
      List<Mirror> mirrors,
      Attempt sent,
      CallTimeouts timeouts) {
    try {
      sendEach(router, snapshot, request, mirrors, sent, timeouts);
    } catch (RuntimeException e) {
      // The application's own body may be what failed.
    }
  }

  private static void sendEach(
      OutboundRouter router,
      OutboundSnapshot snapshot,
      OutboundRequest request,
      List<Mirror> mirrors,
      Attempt sent,
      CallTimeouts timeouts) {
    byte[] body = null;
    for (Mirror mirror : mirrors) {
      Upstream cluster = snapshot.upstream(mirror.cluster());
      if (cluster == null || !mirror.share().hits(router.random())) {
        continue;
      }
      body = body == null ? request.body(MAX_BODY) : body;
      if (body == null) {
        return;
      }
      AsyncClient.Request copy = copy(request, mirror, sent, body);
      Target target = cluster.pick(null);
      ConnectionKey key = target == null ? null : router.key(cluster, target);
      if (target == null || key == null || !cluster.acquire(target)) {
        continue;
      }
      send(router, cluster, target, key, copy, longest(timeouts));
    }
  }

  private static void send(
      OutboundRouter router,
      Upstream cluster,
      Target target,
      ConnectionKey key,
      AsyncClient.Request copy,
      Duration timeout) {
    CompletionStage<AsyncClient.Response> answer;
    try {
      answer = router.remote().send(key, copy, timeout);
    } catch (RuntimeException | Error e) {
      cluster.release(target);
      throw e;
    }
    var unused =
        answer.whenComplete(
            (response, failure) -> {
              cluster.release(target);
              if (response != null) {
                cluster.responded(target, response.status());
              } else {
                cluster.failed(target, 503);
              }
            });
  }

  private static Duration longest(CallTimeouts timeouts) {
    return timeouts.totalNanos() == 0 ? LONGEST : Duration.ofNanos(timeouts.totalNanos());
  }

  private static AsyncClient.Request copy(
      OutboundRequest request, Mirror mirror, Attempt sent, byte[] body) {
    String authority = or(sent.authority(), request.authority());
    List<Header> headers = new ArrayList<>();
    for (Header header : sent.requestHeaders().applyTo(request.headers())) {
      if (!Header.belongsToConnection(header.name())) {
        headers.add(header);
      }
    }
    return new AsyncClient.Request(
        request.method(),
        mirror.shadowAuthority() ? shadow(authority) : authority,
        or(sent.path(), request.path()),
        headers,
        body);
  }

  private static String or(@Nullable String changed, String own) {
    return changed == null ? own : changed;
  }

  /** Envoy: {@code -shadow} belongs to the host, before its port. */
  static String shadow(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon < 0 || authority.indexOf(']', colon) >= 0
        ? authority + "-shadow"
        : authority.substring(0, colon) + "-shadow" + authority.substring(colon);
  }
}
