package dev.weft.config.model;

/** Where the value of a span's additional attribute comes from. */
public sealed interface CustomTag {

  /** The same for every span. */
  record Literal(String value) implements CustomTag {}

  /** An environment variable of the workload's; empty where neither it nor a default is there. */
  record Environment(String variable, String defaultValue) implements CustomTag {}

  /** A text with Envoy's command operators, known when the request is over. */
  record Format(String format) implements CustomTag {}

  /** A request's header. */
  record Header(String header, String defaultValue) implements CustomTag {}
}
