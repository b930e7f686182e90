package dev.weft.engine.model;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.format.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Edits of headers in Envoy's form ({@code request_headers_to_add} and its like): values are format
 * strings, whose command operators stand for what is known of a call.
 *
 * @param levels from the most specific to the least, each applied to what those before it left; one
 *     at most if all is constant
 */
public record HeaderFormats(List<Level> levels) {

  public static final HeaderFormats NONE = new HeaderFormats(List.of());

  public HeaderFormats {
    levels = folded(levels);
  }

  /** Constant ones. */
  public static HeaderFormats of(HeaderEdits edits) {
    return edits.isEmpty() ? NONE : new HeaderFormats(List.of(Level.of(edits)));
  }

  /**
   * Applied in the order remove, set, add. A value that turns out empty changes nothing.
   *
   * @param remove names, lower-case
   * @param set one for each name
   */
  public record Level(List<String> remove, List<Value> set, List<Value> add) {

    public Level {
      remove = List.copyOf(remove);
      set = List.copyOf(set);
      add = List.copyOf(add);
    }

    private boolean isEmpty() {
      return remove.isEmpty() && set.isEmpty() && add.isEmpty();
    }

    private static Level of(HeaderEdits edits) {
      return new Level(edits.remove(), values(edits.set()), values(edits.add()));
    }

    private static List<Value> values(List<Header> headers) {
      return headers.stream()
          .map(header -> new Value(header.name(), FormatString.constant(header.value())))
          .toList();
    }

    /** What it does to whatever call; null if that depends. */
    public @Nullable HeaderEdits constant() {
      List<Header> set = constants(this.set);
      List<Header> add = constants(this.add);
      return set == null || add == null ? null : new HeaderEdits(remove, set, add);
    }

    private static @Nullable List<Header> constants(List<Value> values) {
      List<Header> headers = new ArrayList<>();
      for (Value value : values) {
        String text = value.format.constant();
        if (text == null) {
          return null;
        }
        headers.add(new Header(value.name, text));
      }
      return headers;
    }
  }

  /**
   * @param name lower-case
   */
  public record Value(String name, FormatString format) {}

  /** These and then, on top of them, those of a less specific level. */
  public HeaderFormats then(HeaderFormats next) {
    List<Level> both = new ArrayList<>(levels);
    both.addAll(next.levels);
    return new HeaderFormats(both);
  }

  /** What they do to whatever call; null if that depends. */
  public @Nullable HeaderEdits constant() {
    return levels.isEmpty()
        ? HeaderEdits.NONE
        : levels.size() == 1 ? levels.get(0).constant() : null;
  }

  private static List<Level> folded(List<Level> levels) {
    List<Level> some = levels.stream().filter(level -> !level.isEmpty()).toList();
    List<HeaderEdits> constants =
        some.stream().map(Level::constant).filter(Objects::nonNull).toList();
    if (constants.size() < some.size()) {
      return some;
    }
    HeaderEdits all = constants.stream().reduce(HeaderEdits.NONE, HeaderEdits::then);
    return all.isEmpty() ? List.of() : List.of(Level.of(all));
  }
}
