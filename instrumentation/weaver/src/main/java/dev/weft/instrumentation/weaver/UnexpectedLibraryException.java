package dev.weft.instrumentation.weaver;

/** A library isn't what the module for it was written for. */
final class UnexpectedLibraryException extends RuntimeException {

  private static final long serialVersionUID = 1;

  UnexpectedLibraryException(String message) {
    super(message);
  }
}
