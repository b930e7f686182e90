package dev.weft.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchProviderException;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * This workload's SVID, from the first one obtained to the last renewal. Keys are ECDSA P-256, made
 * here anew for each certificate and never handed out. A certificate is renewed at half of what was
 * left of its life when it came, give or take a little so that a mesh's renewals spread out
 * (Istio's agents do the same).
 */
public final class WorkloadIdentity implements AutoCloseable {

  /** Share of the half life by which renewals are spread, to either side. */
  private static final double SPREAD = 0.05;

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
  private static final Duration SHORTEST_LIFE_STEP = Duration.ofMillis(500);

  private final CertificateAuthority authority;
  private final SpiffeId requested;
  private final long validitySeconds;
  private final IdentityListener listener;
  private final ScheduledExecutorService executor;
  private final InstantSource clock;
  private final DoubleSupplier random;
  private final CompletableFuture<Svid> first = new CompletableFuture<>();
  private final AtomicLong renewals = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  private volatile @Nullable Svid current;
  private int failuresInRow;

  /**
   * Starts to obtain a certificate on a daemon thread of its own. Does not block.
   *
   * @param requested goes into the request; the authority decides by the caller's credentials
   * @param validity what to ask for; zero: the authority's default
   */
  public static WorkloadIdentity start(
      CertificateAuthority authority,
      SpiffeId requested,
      Duration validity,
      IdentityListener listener) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread created = new Thread(null, task, "weft-identity", 0, false);
              created.setDaemon(true);
              return created;
            });
    WorkloadIdentity identity =
        new WorkloadIdentity(
            authority,
            requested,
            validity,
            listener,
            thread,
            InstantSource.system(),
            () -> ThreadLocalRandom.current().nextDouble());
    identity.begin();
    return identity;
  }

  /**
   * @param random of 0 (inclusive) to 1 (exclusive)
   */
  WorkloadIdentity(
      CertificateAuthority authority,
      SpiffeId requested,
      Duration validity,
      IdentityListener listener,
      ScheduledExecutorService executor,
      InstantSource clock,
      DoubleSupplier random) {
    this.authority = authority;
    this.requested = requested;
    this.validitySeconds = validity.toSeconds();
    this.listener = listener;
    this.executor = executor;
    this.clock = clock;
    this.random = random;
  }

  void begin() {
    executor.execute(this::renew);
  }

  /** The certificate in use; null before there is one, and after it expired unrenewed. */
  public @Nullable Svid current() {
    Svid svid = current;
    return svid == null || clock.instant().isAfter(svid.expiry()) ? null : svid;
  }

  /** Completes with the first certificate; never exceptionally. */
  public CompletionStage<Svid> first() {
    return first.minimalCompletionStage();
  }

  /** Certificates obtained, the first included. */
  public long renewals() {
    return renewals.get();
  }

  /** Attempts that came to nothing. */
  public long failures() {
    return failures.get();
  }

  private void renew() {
    Duration next;
    try {
      Svid svid = obtain();
      current = svid;
      renewals.incrementAndGet();
      failuresInRow = 0;
      next = untilRenewal(svid);
      first.complete(svid);
      listener.obtained(svid);
    } catch (NoSuchProviderException e) {
      failures.incrementAndGet();
      listener.failed(e, null);
      return;
    } catch (Throwable e) { // an Error must not end the renewals either
      if (executor.isShutdown()) {
        return;
      }
      failures.incrementAndGet();
      next = untilRetry();
      listener.failed(e, next);
    }
    try {
      ScheduledFuture<?> unused =
          executor.schedule(this::renew, next.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile.
    }
  }

  private Svid obtain() throws Exception {
    KeyPair key = newKey();
    String request = CertificateRequest.pem(key, requested);
    return Svid.of(authority.sign(request, validitySeconds), key, clock.instant());
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = Jdk.keysOnCurves();
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** Counted from now: the certificate's own start is set back, to suit clocks that are behind. */
  private Duration untilRenewal(Svid svid) {
    Duration left = Duration.between(clock.instant(), svid.expiry());
    return atLeast(spread(left.dividedBy(2)), SHORTEST_LIFE_STEP);
  }

  /** Doubles with each failure, up to a cap. */
  private Duration untilRetry() {
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failuresInRow, 10));
    failuresInRow++;
    return spread(wait.compareTo(LONGEST_RETRY) < 0 ? wait : LONGEST_RETRY);
  }

  private Duration spread(Duration duration) {
    double factor = 1 + SPREAD * (2 * random.getAsDouble() - 1);
    return Duration.ofMillis((long) (duration.toMillis() * factor));
  }

  private static Duration atLeast(Duration duration, Duration least) {
    return duration.compareTo(least) < 0 ? least : duration;
  }

  /** Obtains no more certificates; the current one stays until it expires. */
  @Override
  public void close() {
    executor.shutdownNow();
  }

  @Override
  public String toString() {
    Svid svid = current();
    Instant now = clock.instant();
    return svid == null
        ? "WorkloadIdentity[none for " + requested + "]"
        : "WorkloadIdentity["
            + svid.id()
            + ", "
            + Duration.between(now, svid.expiry()).toSeconds()
            + " s left]";
  }
}
