package dev.weft.identity;

import java.time.Duration;

/** Told what becomes of a workload's identity. Called on the identity's thread; must not throw. */
public interface IdentityListener {

  /** A certificate was obtained and is in use. */
  void obtained(Svid svid);

  /**
   * None was obtained; the one before, if any, stays in use until it expires.
   *
   * @param retryIn when it is tried again
   */
  void failed(Throwable reason, Duration retryIn);
}
