package dev.weft.agent.logging;

import dev.weft.workload.Settings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * As {@code java.util.logging.Logger}, as far as libraries in the agent use it. One level for all
 * loggers, from {@code WEFT_LOG_LEVEL}.
 */
public class Logger {

  private static volatile Level threshold =
      Settings.ofProcess()
          .get(
              "WEFT_LOG_LEVEL",
              "info",
              Level::named,
              problem -> print(Level.WARNING, Logger.class.getName(), problem, null));

  private final String name;

  private Logger(String name) {
    this.name = name;
  }

  public static Logger getLogger(String name) {
    return new Logger(name);
  }

  public String getName() {
    return name;
  }

  public Level getLevel() {
    return threshold;
  }

  public boolean isLoggable(Level level) {
    return level.intValue() >= threshold.intValue() && threshold != Level.OFF;
  }

  public void severe(String message) {
    log(Level.SEVERE, message);
  }

  public void warning(String message) {
    log(Level.WARNING, message);
  }

  public void info(String message) {
    log(Level.INFO, message);
  }

  public void config(String message) {
    log(Level.CONFIG, message);
  }

  public void fine(String message) {
    log(Level.FINE, message);
  }

  public void finer(String message) {
    log(Level.FINER, message);
  }

  public void finest(String message) {
    log(Level.FINEST, message);
  }

  public void severe(Supplier<String> message) {
    log(Level.SEVERE, message);
  }

  public void warning(Supplier<String> message) {
    log(Level.WARNING, message);
  }

  public void info(Supplier<String> message) {
    log(Level.INFO, message);
  }

  public void fine(Supplier<String> message) {
    log(Level.FINE, message);
  }

  public void finer(Supplier<String> message) {
    log(Level.FINER, message);
  }

  public void finest(Supplier<String> message) {
    log(Level.FINEST, message);
  }

  public void log(Level level, String message) {
    if (isLoggable(level)) {
      print(level, name, message, null);
    }
  }

  public void log(Level level, Supplier<String> message) {
    if (isLoggable(level)) {
      print(level, name, message.get(), null);
    }
  }

  public void log(Level level, String message, @Nullable Object parameter) {
    if (isLoggable(level)) {
      print(level, name, format(message, new @Nullable Object[] {parameter}), null);
    }
  }

  public void log(Level level, String message, @Nullable Object @Nullable [] parameters) {
    if (isLoggable(level)) {
      print(level, name, format(message, parameters), null);
    }
  }

  public void log(Level level, String message, @Nullable Throwable thrown) {
    if (isLoggable(level)) {
      print(level, name, message, thrown);
    }
  }

  public void log(Level level, @Nullable Throwable thrown, Supplier<String> message) {
    if (isLoggable(level)) {
      print(level, name, message.get(), thrown);
    }
  }

  public void log(LogRecord record) {
    if (isLoggable(record.getLevel())) {
      print(
          record.getLevel(),
          name,
          format(record.getMessage(), record.getParameters()),
          record.getThrown());
    }
  }

  public void logp(Level level, String type, String method, String message) {
    log(level, message);
  }

  public void logp(
      Level level, String type, String method, String message, @Nullable Throwable thrown) {
    log(level, message, thrown);
  }

  /** Replaces {@code {0}} and so on, without {@code MessageFormat}'s quoting and locales. */
  private static String format(String message, @Nullable Object @Nullable [] parameters) {
    if (parameters == null) {
      return message;
    }
    String formatted = message;
    for (int i = 0; i < parameters.length; i++) {
      formatted = formatted.replace("{" + i + "}", String.valueOf(parameters[i]));
    }
    return formatted;
  }

  @SuppressWarnings("SystemOut") // standard error is where the agent logs
  private static void print(Level level, String name, String message, @Nullable Throwable thrown) {
    StringBuilder line = new StringBuilder("[weft] ").append(level).append(' ');
    line.append(name.substring(name.lastIndexOf('.') + 1)).append(": ").append(message);
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace, true));
      line.append(System.lineSeparator()).append(trace.toString().stripTrailing());
    }
    System.err.println(line);
  }
}
