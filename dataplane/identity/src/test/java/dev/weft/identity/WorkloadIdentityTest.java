package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.security.Provider;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkloadIdentityTest {

  private static final SpiffeId CATALOG =
      SpiffeId.parse("spiffe://cluster.local/ns/shop/sa/catalog");

  private final TestAuthority authority =
      new TestAuthority(CATALOG.toString()).living(Duration.ofHours(1));
  private final RecordingScheduler scheduler = new RecordingScheduler();
  private final Listener listener = new Listener();
  private final Instant start = Instant.now();

  @Test
  void theRequestIsWhatOtherImplementationsRead() throws Exception {
    JcaPKCS10CertificationRequest request =
        TestAuthority.parse(CertificateRequest.pem(TestAuthority.newKey(), CATALOG));

    assertThat(request.getSubject().getRDNs()).isEmpty();
    assertThat(
            request.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(request.getPublicKey())))
        .isTrue();
    Extensions extensions =
        Extensions.getInstance(
            request
                .getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)[0]
                .getAttributeValues()[0]);
    GeneralNames names = GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    assertThat(extensions.getExtension(Extension.subjectAlternativeName).isCritical()).isTrue();
    assertThat(names.getNames())
        .containsExactly(
            new GeneralName(GeneralName.uniformResourceIdentifier, CATALOG.toString()));
  }

  @Test
  void obtainsACertificateAndRenewsItAtHalfLifeWithANewKey() {
    WorkloadIdentity identity = identity(authority);
    assertThat(identity.current()).isNull();

    identity.begin();
    Svid first = identity.current();

    assertThat(first).isNotNull();
    assertThat(first.id()).isEqualTo(CATALOG);
    assertThat(first.trustBundle()).containsExactly(authority.root());
    assertThat(identity.first().toCompletableFuture()).isCompletedWithValue(first);
    assertThat(scheduler.delay()).isCloseTo(Duration.ofMinutes(30).toMillis(), within(5_000L));

    scheduler.runNext();

    assertThat(identity.current()).isNotNull().isNotEqualTo(first);
    assertThat(identity.current().key()).isNotEqualTo(first.key());
    assertThat(identity.renewals()).isEqualTo(2);
  }

  @Test
  void renewalsSpreadOutByAFewPercent() {
    identity(authority, 0).begin();
    assertThat(scheduler.delay()).isCloseTo((long) (1_800_000 * 0.95), within(5_000L));

    identity(authority, 0.999).begin();
    assertThat(scheduler.delay()).isCloseTo((long) (1_800_000 * 1.05), within(5_000L));
  }

  @Test
  void keepsTheOldCertificateWhileTheAuthorityIsAwayAndTriesEverMoreSeldom() {
    List<Boolean> away = new ArrayList<>(List.of(false));
    WorkloadIdentity identity =
        identity(
            (request, seconds) -> {
              if (away.get(0)) {
                throw new IOException("connection refused");
              }
              return authority.sign(request, seconds);
            });
    identity.begin();
    Svid first = identity.current();
    away.set(0, true);

    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      scheduler.runNext();
      delays.add(scheduler.delay());
    }

    assertThat(identity.current()).isSameAs(first);
    assertThat(identity.failures()).isEqualTo(8);
    assertThat(listener.failures).hasSize(8).first().asString().contains("connection refused");
    assertThat(delays)
        .containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L);

    away.set(0, false);
    scheduler.runNext();
    assertThat(identity.current()).isNotSameAs(first);
    assertThat(scheduler.delay()).isGreaterThan(1_000_000L);
  }

  /** As where jlink was not told of jdk.crypto.ec. */
  @Test
  void aRuntimeThatCannotMakeKeysIsToldOfOnce() {
    Provider curves = Security.getProvider("SunEC");
    int position = List.of(Security.getProviders()).indexOf(curves) + 1;
    WorkloadIdentity identity = identity(authority);
    Security.removeProvider("SunEC");
    try {
      identity.begin();
      scheduler.runNext();
    } finally {
      Security.insertProviderAt(curves, position);
    }

    assertThat(identity.current()).isNull();
    assertThat(identity.failures()).isEqualTo(1);
    assertThat(listener.failures)
        .singleElement()
        .asString()
        .contains("lacks the module jdk.crypto.ec");
  }

  @Test
  void anExpiredCertificateIsNoneAtAll() {
    TestAuthority brief = new TestAuthority(CATALOG.toString()).living(Duration.ofSeconds(60));
    Instant[] now = {start};
    WorkloadIdentity identity =
        new WorkloadIdentity(
            brief, CATALOG, Duration.ZERO, listener, scheduler, () -> now[0], () -> 0.5);
    identity.begin();
    assertThat(identity.current()).isNotNull();

    now[0] = start.plusSeconds(120);

    assertThat(identity.current()).isNull();
  }

  @Test
  void whatDoesNotFitIsNotTaken() {
    TestAuthority stranger = new TestAuthority(CATALOG.toString());
    assertRefused(
        (request, seconds) -> authority.sign(request, seconds).subList(0, 1), "trust bundle");
    assertRefused(
        (request, seconds) ->
            authority.sign(CertificateRequest.pem(TestAuthority.newKey(), CATALOG), seconds),
        "another key");
    assertRefused(
        (request, seconds) ->
            List.of(authority.sign(request, seconds).get(0), TestAuthority.pem(stranger.root())),
        "Path does not chain");
    assertRefused((request, seconds) -> List.of("garbage", "garbage"), "");
    assertRefused(new TestAuthority("https://example.com/"), "not a workload's SPIFFE ID");
    assertRefused(
        (request, seconds) -> {
          throw new NoClassDefFoundError("broken agent");
        },
        "broken agent");
  }

  @Test
  void aRootRepeatedInTheChainDoesNoHarm() {
    WorkloadIdentity identity =
        identity(
            (request, seconds) -> {
              List<String> answer = authority.sign(request, seconds);
              return List.of(answer.get(0), answer.get(1), answer.get(1));
            });
    identity.begin();

    assertThat(identity.first().toCompletableFuture())
        .isCompletedWithValueMatching(svid -> svid.chain().size() == 1);
  }

  private void assertRefused(CertificateAuthority odd, String reason) {
    WorkloadIdentity identity = identity(odd);
    identity.begin();
    assertThat(identity.current()).isNull();
    assertThat(identity.failures()).isEqualTo(1);
    assertThat(listener.failures.get(listener.failures.size() - 1)).hasMessageContaining(reason);
  }

  private WorkloadIdentity identity(CertificateAuthority by) {
    return identity(by, 0.5);
  }

  private WorkloadIdentity identity(CertificateAuthority by, double random) {
    return new WorkloadIdentity(
        by, CATALOG, Duration.ZERO, listener, scheduler, InstantSource.fixed(start), () -> random);
  }

  private static final class Listener implements IdentityListener {

    private final List<Throwable> failures = new ArrayList<>();

    @Override
    public void obtained(Svid svid) {}

    @Override
    public void failed(Throwable reason, @Nullable Duration retryIn) {
      failures.add(reason);
    }
  }

  /** Runs at once what is to be run at once, and keeps the rest until it is asked to. */
  private static final class RecordingScheduler extends ScheduledThreadPoolExecutor {

    private Runnable next = () -> {};
    private long delayMillis;

    RecordingScheduler() {
      super(0);
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public @Nullable ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      next = task;
      delayMillis = unit.toMillis(delay);
      return null;
    }

    long delay() {
      return delayMillis;
    }

    void runNext() {
      next.run();
    }
  }
}
