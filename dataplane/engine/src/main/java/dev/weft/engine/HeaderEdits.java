package dev.weft.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a message's headers, applied in the order remove, set, add.
 *
 * @param remove names, lower-case
 * @param set replaces every value of the name; one for each name
 * @param add appends to the values of the name
 */
public record HeaderEdits(List<String> remove, List<Header> set, List<Header> add) {

  public static final HeaderEdits NONE = new HeaderEdits(List.of(), List.of(), List.of());

  public boolean isEmpty() {
    return remove.isEmpty() && set.isEmpty() && add.isEmpty();
  }

  /** One set of edits that does what these do and then, on top of them, what {@code next} does. */
  public HeaderEdits then(HeaderEdits next) {
    if (next.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return next;
    }
    return new HeaderEdits(
        remove.isEmpty()
            ? next.remove
            : next.remove.isEmpty() ? remove : concat(remove, next.remove),
        concat(next.survivors(set), next.set),
        concat(next.survivors(add), next.add));
  }

  /**
   * A header of a message as these edits leave it.
   *
   * @param name lower-case
   * @return null if it is absent then
   */
  public @Nullable String header(String name, HeaderSource message) {
    String value = remove.contains(name) ? null : message.header(name);
    for (Header header : set) {
      value = header.name().equals(name) ? header.value() : value;
    }
    for (Header header : add) {
      if (header.name().equals(name)) {
        value = value == null ? header.value() : value + "," + header.value();
      }
    }
    return value;
  }

  /** The headers that a message without any headers but {@code headers} has after these edits. */
  public List<Header> applyTo(List<Header> headers) {
    if (isEmpty()) {
      return headers;
    }
    return concat(concat(survivors(headers), set), add);
  }

  /** Those that these edits neither remove nor replace. */
  private List<Header> survivors(List<Header> headers) {
    if (headers.isEmpty() || (remove.isEmpty() && set.isEmpty())) {
      return headers;
    }
    for (Header header : headers) {
      if (touches(header)) {
        return headers.stream().filter(it -> !touches(it)).toList();
      }
    }
    return headers;
  }

  private boolean touches(Header header) {
    return remove.contains(header.name()) || sets(header.name());
  }

  private boolean sets(String name) {
    for (Header header : set) {
      if (header.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static <T> List<T> concat(List<T> first, List<T> second) {
    if (first.isEmpty()) {
      return second;
    }
    if (second.isEmpty()) {
      return first;
    }
    List<T> both = new ArrayList<>(first.size() + second.size());
    both.addAll(first);
    both.addAll(second);
    return both;
  }
}
