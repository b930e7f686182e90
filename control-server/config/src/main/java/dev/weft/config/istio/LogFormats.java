package dev.weft.config.istio;

import dev.weft.config.model.ExtensionProvider.LogFormat;
import dev.weft.config.source.Fields;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.Operators;
import java.util.Map;

/** Says what is wrong with access logs' formats. */
final class LogFormats {

  private LogFormats() {}

  static void check(Fields fields, String name, LogFormat format) {
    if (format instanceof LogFormat.Text text) {
      check(fields, name, text.format());
    } else if (format instanceof LogFormat.Json json) {
      nested(fields, name, json.fields());
    }
  }

  private static void nested(Fields fields, String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(item -> nested(fields, name, item));
    } else if (value instanceof Iterable<?> items) {
      items.forEach(item -> nested(fields, name, item));
    } else if (value instanceof String text) {
      check(fields, name, text);
    }
  }

  static void check(Fields fields, String name, String format) {
    try {
      for (FormatString.Part part : FormatString.parse(format).parts()) {
        if (part instanceof FormatString.Command command
            && !Operators.isHonoured(command.operator())) {
          fields.warning(name, "%" + command.operator() + "% has no value in the agent: \"-\"");
        }
      }
    } catch (IllegalArgumentException e) {
      fields.error(name, String.valueOf(e.getMessage()));
    }
  }
}
