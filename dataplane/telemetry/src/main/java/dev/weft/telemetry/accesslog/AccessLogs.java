package dev.weft.telemetry.accesslog;

import dev.weft.engine.expression.Attribute;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The logs that requests of one direction are written to, compiled. Immutable. */
public final class AccessLogs {

  /**
   * Envoy's default but for what a proxy adds, and with the caller's identity: what is logged of
   * requests where nobody configures a log.
   */
  private static final String OWN_FORMAT =
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS%"
          + " %RESPONSE_CODE_DETAILS% %DURATION%ms \"%DOWNSTREAM_PEER_URI_SAN%\"";

  private static final String OWN_FORMAT_END =
      " \"%REQ(:AUTHORITY)%\" %DOWNSTREAM_REMOTE_ADDRESS%\n";

  private final Log[] logs;

  private record Log(Predicate<LogEntry> filter, Sink sink) {}

  /** Where entries go. Never waits. */
  @FunctionalInterface
  private interface Sink {
    /**
     * @param line to be used, and used again
     */
    void write(LogEntry entry, StringBuilder line);
  }

  private AccessLogs(List<Log> logs) {
    this.logs = logs.toArray(Log[]::new);
  }

  /** Collects logs that were asked for in one way or another. */
  public static final class Builder {

    private final LogWriter writer;
    private final RemoteLogs remote;
    private final Values values;
    private final List<Log> logs = new ArrayList<>();
    private boolean kept;

    /**
     * @param environment looks up a variable, for {@code %ENVIRONMENT(X)%}
     */
    public Builder(
        LogWriter writer, RemoteLogs remote, UnaryOperator<@Nullable String> environment) {
      this.writer = writer;
      this.remote = remote;
      values = new Values(environment);
    }

    /** A log that the mesh configures. */
    public Builder add(AccessLogPolicy policy) {
      Expression filter = policy.filter();
      if (filter != null) {
        keep(filter);
      }
      logs.add(new Log(filter == null ? entry -> true : filter::holds, sink(policy.sink())));
      return this;
    }

    private Sink sink(AccessLogPolicy.Sink sink) {
      if (sink instanceof AccessLogPolicy.Otlp to) {
        OtlpRecord format = new OtlpRecord(to, values);
        return (entry, line) -> remote.write(to, format.encode(entry));
      } else if (sink instanceof AccessLogPolicy.Als to) {
        AlsEntry format = new AlsEntry(to, values);
        return (entry, line) -> remote.write(to, format.encode(entry));
      }
      AccessLogPolicy.File file = (AccessLogPolicy.File) sink;
      return lines(file.path(), LineFormat.of(file.format(), values));
    }

    private Sink lines(String path, LineFormat format) {
      return (entry, line) -> {
        line.setLength(0);
        format.append(line, entry);
        writer.write(path, line.toString());
      };
    }

    /** Entries are to hold what this asks for, whether or not there is a log. */
    public void keep(Expression expression) {
      kept = true;
      for (Expression.Read read : expression.reads()) {
        collect(read.attribute(), read.key());
      }
    }

    /** What makes a text of an entry; what has no value is empty. */
    public Function<LogEntry, String> text(FormatString format) {
      kept = true;
      LineFormat text = LineFormat.unescaped(format, "", values);
      return entry -> {
        StringBuilder made = new StringBuilder();
        text.append(made, entry);
        return made.toString();
      };
    }

    private void collect(Attribute attribute, String key) {
      switch (attribute) {
        case REQUEST_HEADERS -> values.request.add(key);
        case REQUEST_REFERER -> values.request.add("referer");
        case REQUEST_USERAGENT -> values.request.add("user-agent");
        case RESPONSE_HEADERS -> values.response.add(key);
        case RESPONSE_TRAILERS -> values.trailers.add(key);
        default -> {}
      }
    }

    /** Every request, in a format of our own. */
    public Builder everything(String path) {
      return own(path, entry -> true, " \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\"");
    }

    /** Requests that a policy refused; nothing is read of the others. */
    public Builder refused(String path) {
      return own(path, entry -> entry.policy != null, " \"-\" \"%REQ(X-REQUEST-ID)%\"");
    }

    private Builder own(String path, Predicate<LogEntry> filter, String asked) {
      FormatString format = FormatString.parse(OWN_FORMAT + asked + OWN_FORMAT_END);
      logs.add(
          new Log(
              filter, lines(path, LineFormat.of(new AccessLogPolicy.Text(format, false), values))));
      return this;
    }

    /** Null if there is no log. */
    public @Nullable AccessLogs build() {
      return logs.isEmpty() ? null : new AccessLogs(logs);
    }

    /** What of headers an entry must hold; null if there need be none. */
    public @Nullable Headers headers() {
      return logs.isEmpty() && !kept
          ? null
          : new Headers(values.request, values.response, values.trailers);
    }
  }

  /** Writes it wherever it is wanted. */
  public void log(LogEntry entry) {
    StringBuilder line = null;
    for (Log log : logs) {
      if (log.filter.test(entry)) {
        line = line == null ? new StringBuilder(320) : line;
        log.sink.write(entry, line);
      }
    }
  }
}
