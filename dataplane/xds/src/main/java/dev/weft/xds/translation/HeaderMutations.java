package dev.weft.xds.translation;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.xds.proto.HeaderValueOption;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Collects Envoy's header mutations of several levels into one edit, from the most specific level
 * to the least: each is applied to what those before it left, as in Envoy, so where two set a
 * header, the last one added wins.
 */
final class HeaderMutations {

  /** A command of Envoy's substitution format, as in {@code %REQ(:path)%}. */
  private static final Pattern COMMAND = Pattern.compile("%[A-Z_]+(\\([^)]*\\))?(:\\d+)?%");

  private static final String CONNECTIONS_OWN = "the connection's own";

  private HeaderEdits edits = HeaderEdits.NONE;

  /** One level's {@code …_headers_to_remove} and {@code …_headers_to_add}. */
  HeaderMutations level(
      List<String> toRemove, List<HeaderValueOption> toAdd, String at, Findings findings)
      throws ResourceRefused {
    for (String removed : toRemove) {
      String name = removed.toLowerCase(Locale.ROOT);
      if (Header.belongsToConnection(name)) {
        findings.note(at + "[" + name + "]", "has no effect: " + CONNECTIONS_OWN);
      } else {
        then(List.of(name), List.of(), List.of());
      }
    }
    for (HeaderValueOption option : toAdd) {
      String name = option.getHeader().getKey().toLowerCase(Locale.ROOT);
      String field = at + "[" + name + "]";
      if (Header.belongsToConnection(name)) {
        findings.note(field, "has no effect: " + CONNECTIONS_OWN);
        continue;
      }
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
          if (append) {
            then(List.of(), List.of(), List.of(header));
          } else {
            then(List.of(), List.of(header), List.of());
          }
        }
        case OVERWRITE_IF_EXISTS_OR_ADD -> then(List.of(), List.of(header), List.of());
        case ADD_IF_ABSENT, OVERWRITE_IF_EXISTS, UNRECOGNIZED ->
            throw findings.refusal(field + ".append_action", "not supported");
      }
    }
    return this;
  }

  private void then(List<String> remove, List<Header> set, List<Header> add) {
    edits = edits.then(new HeaderEdits(remove, set, add));
  }

  HeaderEdits edits() {
    return edits;
  }
}
