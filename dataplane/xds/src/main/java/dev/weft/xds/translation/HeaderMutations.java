package dev.weft.xds.translation;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.Operators;
import dev.weft.engine.model.HeaderFormats;
import dev.weft.xds.proto.HeaderValueOption;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Collects Envoy's header mutations of several levels, from the most specific to the least. */
final class HeaderMutations {

  private static final String CONNECTIONS_OWN = "the connection's own";

  private final boolean ofRequest;
  private final List<HeaderFormats.Level> levels = new ArrayList<>();

  private HeaderMutations(boolean ofRequest) {
    this.ofRequest = ofRequest;
  }

  static HeaderMutations ofRequest() {
    return new HeaderMutations(true);
  }

  static HeaderMutations ofResponse() {
    return new HeaderMutations(false);
  }

  /** One level's {@code …_headers_to_remove} and {@code …_headers_to_add}. */
  HeaderMutations level(
      List<String> toRemove, List<HeaderValueOption> toAdd, String at, Findings findings)
      throws ResourceRefused {
    List<String> remove = new ArrayList<>();
    for (String removed : toRemove) {
      String name = removed.toLowerCase(Locale.ROOT);
      if (Header.belongsToConnection(name)) {
        findings.note(at + "[" + name + "]", "has no effect: " + CONNECTIONS_OWN);
      } else {
        remove.add(name);
      }
    }
    // Of several that set a header the last one wins; all are set before any is added.
    Map<String, HeaderFormats.Value> set = new LinkedHashMap<>();
    List<HeaderFormats.Value> add = new ArrayList<>();
    for (HeaderValueOption option : toAdd) {
      String name = option.getHeader().getKey().toLowerCase(Locale.ROOT);
      String field = at + "[" + name + "]";
      if (Header.belongsToConnection(name)) {
        findings.note(field, "has no effect: " + CONNECTIONS_OWN);
        continue;
      }
      findings.noteUnread(option, field);
      HeaderFormats.Value value = new HeaderFormats.Value(name, format(option, field, findings));
      if ("".equals(value.format().constant())) {
        // Envoy: without keep_empty_value it changes nothing.
        continue;
      }
      switch (option.getAppendAction()) {
        case APPEND_IF_EXISTS_OR_ADD -> {
          boolean append = !option.hasAppend() || option.getAppend().getValue();
          if (append) {
            add.add(value);
          } else {
            set.put(name, value);
          }
        }
        case OVERWRITE_IF_EXISTS_OR_ADD -> set.put(name, value);
        case ADD_IF_ABSENT, OVERWRITE_IF_EXISTS, UNRECOGNIZED ->
            throw findings.refusal(field + ".append_action", "not supported");
      }
    }
    levels.add(new HeaderFormats.Level(remove, List.copyOf(set.values()), add));
    return this;
  }

  private FormatString format(HeaderValueOption option, String field, Findings findings)
      throws ResourceRefused {
    String value =
        option.getHeader().getRawValue().isEmpty()
            ? option.getHeader().getValue()
            : option.getHeader().getRawValue().toString(StandardCharsets.UTF_8);
    FormatString format;
    try {
      format = FormatString.parse(value);
    } catch (IllegalArgumentException e) {
      throw findings.refusal(field, String.valueOf(e.getMessage()));
    }
    for (FormatString.Part part : format.parts()) {
      if (part instanceof FormatString.Command command
          && !Operators.isHonouredInHeaders(command.operator(), ofRequest)) {
        findings.note(field, "%" + command.operator() + "% has no value here");
      }
    }
    return format;
  }

  HeaderFormats formats() {
    return new HeaderFormats(levels);
  }

  /**
   * For requests that are no calls, so that there is nothing for command operators to stand for.
   */
  HeaderEdits edits(String at, Findings findings) {
    HeaderEdits constant = formats().constant();
    if (constant == null) {
      findings.note(at, "has no effect: command operators have no value here");
      return HeaderEdits.NONE;
    }
    return constant;
  }
}
