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
   * @param headers without those that frame a message
   * @param vary what the request had of the headers that the answer's Vary names; "" for none
   * @param atNanos when it was received, by the engine's clock
   * @param ageSeconds how old it was then already, by its own account
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Kept(
      List<Header> headers, byte[] body, Map<String, String> vary, long atNanos, long ageSeconds) {}

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

  void clear() {
    keys.clear();
    byKey.clear();
  }
}
