package dev.weft.controlserver.identity;

/** A token proves nothing; the message says why, fit for the caller to read. */
public final class TokenRejected extends Exception {
  private static final long serialVersionUID = 1L;

  TokenRejected(String reason) {
    super(reason);
  }

  TokenRejected(String reason, Throwable cause) {
    super(reason, cause);
  }
}
