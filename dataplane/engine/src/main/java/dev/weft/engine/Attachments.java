package dev.weft.engine;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * State attached to other people's objects, which can't be given a field: a concurrent map by
 * identity that does not keep its keys alive. A value must not refer to its own key, or both live
 * for ever.
 */
public final class Attachments<K, V> {

  private final ConcurrentHashMap<Object, V> values = new ConcurrentHashMap<>();
  private final ReferenceQueue<K> collected = new ReferenceQueue<>();

  public @Nullable V get(K key) {
    return values.get(new Lookup(key));
  }

  /** Replaces what was attached before. */
  public void put(K key, V value) {
    expunge();
    values.put(new Entry<>(key, collected), value);
  }

  /**
   * @return what was attached
   */
  public @Nullable V remove(K key) {
    return values.remove(new Lookup(key));
  }

  /** Whether nothing is attached to anything; cheap. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  private void expunge() {
    for (Reference<? extends K> gone = collected.poll(); gone != null; gone = collected.poll()) {
      values.remove(gone);
    }
  }

  private static final class Entry<K> extends WeakReference<K> {

    private final int hash;

    Entry(K key, ReferenceQueue<? super K> collected) {
      super(key, collected);
      hash = System.identityHashCode(key);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      Object key = get();
      if (key == null) {
        return false;
      }
      return other instanceof Entry<?> entry
          ? entry.refersToKey(key)
          : other instanceof Lookup lookup && lookup.key == key;
    }

    @SuppressWarnings("ReferenceEquality") // identity is the point
    private boolean refersToKey(Object key) {
      return get() == key;
    }
  }

  /** Finds an entry without making a reference. */
  private static final class Lookup {

    private final Object key;

    Lookup(Object key) {
      this.key = key;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Entry<?> entry && entry.refersToKey(key);
    }
  }
}
