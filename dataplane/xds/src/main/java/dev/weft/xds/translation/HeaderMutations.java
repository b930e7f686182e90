package dev.weft.xds.translation;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.xds.proto.HeaderValueOption;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Collects Envoy's header mutations of several levels into one edit, from the most specific level
 * to the least: where two levels set a header, the last one added wins, as in Envoy.
 */
final class HeaderMutations {

  /** A command of Envoy's substitution format, as in {@code %REQ(:path)%}. */
  private static final Pattern COMMAND = Pattern.compile("%[A-Z_]+(\\([^)]*\\))?(:\\d+)?%");

  private final List<String> remove = new ArrayList<>();
  private final List<Header> set = new ArrayList<>();
  private final List<Header> add = new ArrayList<>();

  /** One level's {@code …_headers_to_remove} and {@code …_headers_to_add}. */
  HeaderMutations level(
      List<String> toRemove, List<HeaderValueOption> toAdd, String at, Findings findings)
      throws ResourceRefused {
    toRemove.forEach(name -> remove.add(name.toLowerCase(Locale.ROOT)));
    for (HeaderValueOption option : toAdd) {
      String name = option.getHeader().getKey().toLowerCase(Locale.ROOT);
      String field = at + "[" + name + "]";
      String value =
          option.getHeader().getRawValue().isEmpty()
              ? option.getHeader().getValue()
              : option.getHeader().getRawValue().toString(StandardCharsets.UTF_8);
      if (COMMAND.matcher(value.replace("%%", "")).find()) {
        findings.note(field, "has no effect: substitution commands are not supported");
        continue;
      }
      Header header = new Header(name, value.replace("%%", "%"));
      switch (option.getAppendAction()) {
        case APPEND_IF_EXISTS_OR_ADD -> {
          boolean append = !option.hasAppend() || option.getAppend().getValue();
          (append ? add : set).add(header);
        }
        case OVERWRITE_IF_EXISTS_OR_ADD -> set.add(header);
        case ADD_IF_ABSENT, OVERWRITE_IF_EXISTS, UNRECOGNIZED ->
            throw findings.refusal(field + ".append_action", "not supported");
      }
    }
    return this;
  }

  HeaderEdits edits() {
    return remove.isEmpty() && set.isEmpty() && add.isEmpty()
        ? HeaderEdits.NONE
        : new HeaderEdits(List.copyOf(remove), List.copyOf(set), List.copyOf(add));
  }
}
