package dev.weft.config.agent;

import dev.weft.config.model.HeaderEdits;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Edits of headers in Envoy's form. The authority is none there: it is rewritten. */
final class HeaderOptions {

  private HeaderOptions() {}

  static List<HeaderValueOption> toAdd(HeaderEdits edits) {
    List<HeaderValueOption> options = new ArrayList<>();
    options.addAll(options(edits.set(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
    options.addAll(options(edits.add(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
    return options;
  }

  /** The authority that the edits give a request, that set before that added; empty: none. */
  static String authority(HeaderEdits edits) {
    return Stream.of(edits.set(), edits.add())
        .flatMap(headers -> headers.entrySet().stream())
        .filter(header -> isAuthority(header.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  private static boolean isAuthority(String name) {
    return name.equalsIgnoreCase("host") || name.startsWith(":");
  }

  private static List<HeaderValueOption> options(
      Map<String, String> headers, HeaderAppendAction action) {
    return headers.entrySet().stream()
        .filter(header -> !isAuthority(header.getKey()))
        .sorted(Map.Entry.comparingByKey())
        .map(
            header ->
                HeaderValueOption.newBuilder()
                    .setHeader(
                        HeaderValue.newBuilder()
                            .setKey(header.getKey())
                            .setValue(header.getValue()))
                    .setAppendAction(action)
                    .build())
        .toList();
  }
}
