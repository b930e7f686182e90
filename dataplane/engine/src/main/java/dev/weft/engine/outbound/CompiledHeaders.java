package dev.weft.engine.outbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HeaderFormats;
import dev.weft.engine.outbound.CallFacts.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link HeaderFormats}, ready to be applied. */
final class CompiledHeaders {

  /** Not null if they are the same for every call. */
  final @Nullable HeaderEdits constant;

  private final Level[] levels;

  CompiledHeaders(HeaderFormats formats) {
    constant = formats.constant();
    levels = formats.levels().stream().map(Level::new).toArray(Level[]::new);
  }

  /**
   * What they do to a message of a call; it is left as they leave it.
   *
   * @param facts null only if they are constant
   */
  HeaderEdits edits(@Nullable CallFacts facts, @Nullable Message message) {
    if (constant != null) {
      if (message != null) {
        message.edit(constant);
      }
      return constant;
    }
    if (facts == null || message == null) {
      throw new IllegalStateException("nothing is known of the call");
    }
    HeaderEdits all = HeaderEdits.NONE;
    for (Level level : levels) {
      // Envoy: all of a level's values are made before any of them is there.
      message.edit(level.removal);
      HeaderEdits edits =
          new HeaderEdits(List.of(), values(level.set, facts), values(level.add, facts));
      message.edit(edits);
      all = all.then(level.removal).then(edits);
    }
    return all;
  }

  private static List<Header> values(Value[] values, CallFacts facts) {
    List<Header> headers = new ArrayList<>(values.length);
    for (Value value : values) {
      String text = value.text.of(facts);
      if (text != null && !text.isEmpty()) {
        headers.add(new Header(value.name, text));
      }
    }
    return headers;
  }

  private static final class Level {
    final HeaderEdits removal;
    final Value[] set;
    final Value[] add;

    Level(HeaderFormats.Level level) {
      removal = new HeaderEdits(level.remove(), List.of(), List.of());
      set = level.set().stream().map(Value::new).toArray(Value[]::new);
      add = level.add().stream().map(Value::new).toArray(Value[]::new);
    }
  }

  private static final class Value {
    final String name;
    final HeaderOperators.Text text;

    Value(HeaderFormats.Value value) {
      name = value.name();
      text = HeaderOperators.text(value.format());
    }
  }
}
