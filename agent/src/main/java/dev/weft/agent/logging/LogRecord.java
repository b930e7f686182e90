package dev.weft.agent.logging;

import org.jspecify.annotations.Nullable;

/** As {@code java.util.logging.LogRecord}, as far as libraries in the agent use it. */
public final class LogRecord {

  private final Level level;
  private final String message;
  private @Nullable Throwable thrown;
  private @Nullable Object @Nullable [] parameters;

  public LogRecord(Level level, String message) {
    this.level = level;
    this.message = message;
  }

  public Level getLevel() {
    return level;
  }

  public String getMessage() {
    return message;
  }

  public void setLoggerName(@Nullable String name) {}

  public void setSourceClassName(@Nullable String name) {}

  public void setSourceMethodName(@Nullable String name) {}

  public @Nullable Throwable getThrown() {
    return thrown;
  }

  public void setThrown(@Nullable Throwable thrown) {
    this.thrown = thrown;
  }

  public @Nullable Object @Nullable [] getParameters() {
    return parameters;
  }

  public void setParameters(@Nullable Object @Nullable [] parameters) {
    this.parameters = parameters;
  }
}
