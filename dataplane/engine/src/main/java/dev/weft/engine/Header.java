package dev.weft.engine;

/**
 * One header line.
 *
 * @param name lower-case
 */
public record Header(String name, String value) {

  /**
   * Whether a header belongs to the connection, or says where a message ends (RFC 9110 §7.6.1),
   * which is its carrier's business: changed or copied, it would have the rest of one message taken
   * for the next. So does the authority, by either name, for it is rewritten by other means.
   *
   * @param name lower-case
   */
  public static boolean belongsToConnection(String name) {
    return switch (name) {
      case "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade" ->
          true;
      default -> name.startsWith(":");
    };
  }
}
