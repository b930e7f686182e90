package dev.weft.controlserver.identity;

/** Turns a bearer token into the identity that it proves. */
@FunctionalInterface
public interface TokenVerifier {
  Identity verify(String token) throws TokenRejected;
}
