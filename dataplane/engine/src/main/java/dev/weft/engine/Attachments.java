package dev.weft.engine;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * State attached to other people's objects, which can't be given a field: a concurrent map by
 * identity that does not keep its keys alive. A value must not refer to its own key, or both live
 * for ever.
 */
public final class Attachments<K, V> {

  private final ConcurrentHashMap<Object, V> values = new ConcurrentHashMap<>();
  private final ReferenceQueue<K> collected = new ReferenceQueue<>();
  private final Consumer<? super V> orphaned;

  public Attachments() {
    this(value -> {});
  }

  /**
   * @param orphaned told of values whose keys were collected; when something is attached or taken
   *     away next, on that thread
   */
  public Attachments(Consumer<? super V> orphaned) {
    this.orphaned = orphaned;
  }

  public @Nullable V get(K key) {
    return values.get(new Lookup(key));
  }

  /**
   * Replaces what was attached before.
   *
   * @return takes the value away again, for who no longer has the key. What is not taken away costs
   *     the garbage collector a weak reference
   */
  public Runnable put(K key, V value) {
    expunge();
    Entry<K> entry = new Entry<>(key, collected);
    values.put(entry, value);
    return () -> values.remove(entry, value);
  }

  /**
   * @return what was attached
   */
  public @Nullable V remove(K key) {
    expunge();
    return values.remove(new Lookup(key));
  }

  /** Whether nothing is attached to anything; cheap. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  private void expunge() {
    for (Reference<? extends K> gone = collected.poll(); gone != null; gone = collected.poll()) {
      V value = values.remove(gone);
      if (value != null) {
        orphaned.accept(value);
      }
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
