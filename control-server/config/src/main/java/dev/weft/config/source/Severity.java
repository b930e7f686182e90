package dev.weft.config.source;

/** How bad a {@link Finding} is. */
public enum Severity {
  /** The file is refused as a whole. */
  ERROR,
  /** Accepted, but something in it does not do what its author may expect. */
  WARNING
}
