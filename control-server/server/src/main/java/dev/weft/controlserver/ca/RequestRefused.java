package dev.weft.controlserver.ca;

/** A certificate is not given; the message says why, fit for the caller to read. */
final class RequestRefused extends Exception {
  private static final long serialVersionUID = 1L;

  RequestRefused(String reason) {
    super(reason);
  }

  RequestRefused(String reason, Throwable cause) {
    super(reason, cause);
  }
}
