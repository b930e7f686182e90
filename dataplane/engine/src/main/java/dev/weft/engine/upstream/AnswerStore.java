package dev.weft.engine.upstream;

import dev.weft.engine.Header;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A cluster's last good answers, by what was asked for. Bounded; the first ones give way. */
public final class AnswerStore {

  /**
   * An answer as it was received whole.
   *
   * @param route that it came by: another one may have edited the request otherwise
   * @param headers without those that frame a message
   * @param vary what the request had of the headers that the answer's Vary names; "" for none
   * @param forAll whether it may be given to whom it wasn't made for (Cache-Control: public)
   * @param atNanos when it was received, by the engine's clock
   * @param ageSeconds how old it was then already, by its own account
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Kept(
      String route,
      List<Header> headers,
      byte[] body,
      Map<String, String> vary,
      boolean forAll,
      long atNanos,
      long ageSeconds) {}

  private final Map<String, Kept> byKey = new ConcurrentHashMap<>();

  /** In the order in which they were first kept. */
  private final Queue<String> keys = new ConcurrentLinkedQueue<>();

  public @Nullable Kept get(String key) {
    return byKey.get(key);
  }

  public void put(String key, Kept answer, int maxEntries) {
    if (byKey.put(key, answer) != null) {
      return;
    }
    keys.add(key);
    while (byKey.size() > maxEntries) {
      String oldest = keys.poll();
      if (oldest == null) {
        return;
      }
      byKey.remove(oldest);
    }
  }

  /** It isn't what the service would say any more. */
  public void remove(String key) {
    if (byKey.remove(key) != null) {
      keys.remove(key);
    }
  }

  void clear() {
    keys.clear();
    byKey.clear();
  }
}
