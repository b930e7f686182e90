package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.LastGoodAnswer;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.AnswerStore;
import dev.weft.engine.upstream.AnswerStore.Kept;
import dev.weft.engine.upstream.Upstream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call's part in the answers that are kept for when its destination is down (RFC 5861). What
 * may be kept, and be given to whom, is as RFC 9111 has it for a shared cache; an answer that must
 * be revalidated, which nobody can do then, is not kept.
 */
final class StaleIfError {

  private static final int NOT_MODIFIED = 304;

  private static final Set<String> FORBID_KEEPING =
      Set.of("no-store", "private", "no-cache", "must-revalidate", "proxy-revalidate");

  /** They change nothing, and what they are answered is not kept (RFC 9110 §9.2.1). */
  private static final Set<String> SAFE_METHODS = Set.of("HEAD", "OPTIONS", "TRACE");

  private static final Set<String> FORBID_USING = Set.of("no-store", "no-cache", "only-if-cached");

  private static final Set<String> PUBLIC = Set.of("public");

  /** What belongs to the connection, frames the message, or is said anew. */
  private static final HeaderEdits UNFRAMED =
      new HeaderEdits(
              List.of(
                  "age",
                  "connection",
                  "content-length",
                  "keep-alive",
                  "proxy-connection",
                  "te",
                  "trailer",
                  "transfer-encoding",
                  "upgrade",
                  "warning"),
              List.of(),
              List.of())
          .then(PeerMetadata.REMOVAL);

  private final AnswerStore store;
  private final LastGoodAnswer policy;
  private final OutboundRequest request;
  private final String key;
  private final String route;
  private final Timer timer;

  private StaleIfError(
      AnswerStore store,
      LastGoodAnswer policy,
      OutboundRequest request,
      String key,
      String route,
      Timer timer) {
    this.route = route;
    this.store = store;
    this.policy = policy;
    this.request = request;
    this.key = key;
    this.timer = timer;
  }

  /**
   * @param line what is asked for in fact
   * @return null if nothing is kept for such a request
   */
  static @Nullable StaleIfError of(
      Upstream cluster, OutboundRequest request, RequestLine line, String route, Timer timer) {
    LastGoodAnswer policy = cluster.cluster().lastGoodAnswer();
    if (policy == null || SAFE_METHODS.contains(request.method())) {
      return null;
    }
    String path = line.path() == null ? request.path() : line.path();
    String authority = line.authority() == null ? request.authority() : line.authority();
    String key = authority.toLowerCase(Locale.ROOT) + ' ' + path;
    return new StaleIfError(cluster.answers(), policy, request, key, route, timer);
  }

  /** Whether Cache-Control has one of these directives. */
  private static boolean says(HeaderSource message, Set<String> directives) {
    String control = message.header("cache-control");
    if (control == null) {
      return false;
    }
    for (String directive : control.split(",", -1)) {
      int equals = directive.indexOf('=');
      String name = equals < 0 ? directive : directive.substring(0, equals);
      if (directives.contains(name.strip().toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Who records the answer whose head this is.
   *
   * @return null if it is not to be kept
   */
  @Nullable ResponseRecorder recorder(int status, HeaderSource head) {
    if (!mayUse()) {
      // RFC 9111 §4.4: what was changed is no longer what was kept.
      if (!isGet() && status < 400) {
        store.remove(key);
      }
      return null;
    }
    ResponseRecorder recorder = keeping(status, head);
    if (recorder == null && status < 500 && status != NOT_MODIFIED) {
      store.remove(key); // the service has another answer now, which isn't to be kept
    }
    return recorder;
  }

  private boolean isGet() {
    return request.method().equals("GET");
  }

  /** Whether the request is one that may be answered by what was kept. */
  private boolean mayUse() {
    return isGet() && request.header("range") == null && !says(request, FORBID_USING);
  }

  private @Nullable ResponseRecorder keeping(int status, HeaderSource head) {
    long length = head.number("content-length");
    boolean forAll = says(head, PUBLIC);
    String vary = head.header("vary");
    if (status != 200
        || length > policy.maxBodyBytes()
        || says(head, FORBID_KEEPING)
        || head.header("set-cookie") != null
        || (vary != null && vary.contains("*"))
        || (isPersonal() && !forAll)
        || hasBody()) {
      return null;
    }
    List<Header> headers = head.headers();
    if (headers.isEmpty()) {
      return null; // whoever carries it can't tell
    }
    Map<String, String> varied = varied(vary);
    long age = Math.max(0, head.number("age"));
    return new BodyRecorder(
        length,
        policy.maxBodyBytes(),
        body ->
            store.put(
                key,
                new Kept(
                    route, UNFRAMED.applyTo(headers), body, varied, forAll, timer.nanoTime(), age),
                policy.maxEntries()));
  }

  private boolean isPersonal() {
    return request.header("authorization") != null || request.header("cookie") != null;
  }

  private boolean hasBody() {
    byte[] body = request.body(0);
    return body == null || body.length > 0;
  }

  private Map<String, String> varied(@Nullable String vary) {
    Map<String, String> values = new HashMap<>();
    if (vary != null) {
      for (String name : vary.toLowerCase(Locale.ROOT).split(",", -1)) {
        if (!name.isBlank()) {
          values.put(name.strip(), requested(name.strip()));
        }
      }
    }
    return values;
  }

  private String requested(String name) {
    String value = request.header(name);
    return value == null ? "" : value;
  }

  /**
   * The answer that was kept, marked as stale.
   *
   * @param edits to the headers that were kept
   * @return null if there is none for this request
   */
  @Nullable Answer answer(Function<List<Header>, HeaderEdits> edits) {
    Kept kept = store.get(key);
    if (kept == null
        || !kept.route().equals(route)
        || !mayUse()
        || hasBody()
        || (isPersonal() && !kept.forAll())) {
      return null;
    }
    long elapsed = timer.nanoTime() - kept.atNanos();
    if (elapsed > policy.maxAge().toNanos()) {
      return null;
    }
    for (Map.Entry<String, String> varied : kept.vary().entrySet()) {
      if (!varied.getValue().equals(requested(varied.getKey()))) {
        return null;
      }
    }
    long age = kept.ageSeconds() + TimeUnit.NANOSECONDS.toSeconds(elapsed);
    HeaderEdits marks =
        new HeaderEdits(
            List.of(),
            List.of(
                new Header("age", Long.toString(age)),
                new Header("warning", "110 - \"Response is Stale\""),
                new Header("x-weft-stale", "true")),
            List.of());
    return new Answer(
        200,
        edits.apply(kept.headers()).then(marks).applyTo(kept.headers()),
        kept.body(),
        ResponseFlag.RESPONSE_FROM_CACHE_FILTER);
  }
}
