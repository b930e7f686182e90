package dev.weft.identity;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Told what becomes of a workload's identity. Called on the identity's thread; must not throw. */
public interface IdentityListener {

  /** A certificate was obtained and is in use. */
  void obtained(Svid svid);

  /**
   * None was obtained; the one before, if any, stays in use until it expires.
   *
   * @param retryIn when it is tried again; null: never, for it would be in vain
   */
  void failed(Throwable reason, @Nullable Duration retryIn);
}
