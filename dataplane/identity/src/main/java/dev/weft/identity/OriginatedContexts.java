package dev.weft.identity;

import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.OriginatedTls.ClientCertificate;
import dev.weft.engine.spi.TlsStatistics;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CRL;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A client's contexts for servers that aren't the mesh's. What is in files is read when it comes
 * into use and again when it has changed; what can't be read is said, and what was read before
 * stays, as Envoy has it. Connections live on with what they were made with.
 */
final class OriginatedContexts {

  private static final Logger log = Logger.getLogger(WorkloadTls.class.getName());
  private static final long LOOK_SECONDS = 5;

  private final SecureRandom random;
  private final Function<OriginatedTls, TlsStatistics> statistics;
  private volatile Map<OriginatedTls, Loaded> loaded = Map.of();
  private Set<OriginatedTls> inUse = Set.of();
  private @Nullable ScheduledExecutorService watch;

  /**
   * @param context null: there was never a good one
   * @param trouble null: all is well
   */
  private record Loaded(@Nullable SSLContext context, TlsFiles files, @Nullable String trouble) {}

  /**
   * @param statistics where it is counted what comes of handshakes
   */
  OriginatedContexts(SecureRandom random, Function<OriginatedTls, TlsStatistics> statistics) {
    this.statistics = statistics;
    this.random = random;
  }

  synchronized void use(Set<OriginatedTls> wanted) {
    if (wanted.equals(inUse)) {
      return;
    }
    // Calls that are under way may still need those of before.
    Map<OriginatedTls, Loaded> next = new HashMap<>(loaded);
    next.keySet().retainAll(inUse);
    for (OriginatedTls tls : wanted) {
      Loaded before = loaded.get(tls);
      next.put(tls, before == null ? load(tls, null) : before);
    }
    loaded = Map.copyOf(next);
    inUse = Set.copyOf(wanted);
    if (!wanted.isEmpty() && watch == null) {
      watch =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread created = new Thread(null, task, "weft-tls-files", 0, false);
                created.setDaemon(true);
                return created;
              });
      Future<?> unused =
          watch.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    } else if (wanted.isEmpty() && watch != null) {
      watch.shutdown();
      watch = null;
    }
  }

  /** Reads again what has changed. */
  synchronized void look() {
    try {
      Map<OriginatedTls, Loaded> next = new HashMap<>(loaded);
      next.replaceAll((tls, before) -> before.files.changed() ? load(tls, before) : before);
      loaded = Map.copyOf(next);
    } catch (RuntimeException | Error e) {
      // Thrown on, it would have been the last look.
      log.log(Level.WARNING, "TLS: looking for changed files failed", e);
    }
  }

  /** Null: what it needs can't be had. */
  @Nullable SSLContext find(OriginatedTls tls) {
    Loaded found = loaded.get(tls);
    return found == null ? null : found.context;
  }

  private Loaded load(OriginatedTls tls, @Nullable Loaded before) {
    TlsFiles files = new TlsFiles();
    try {
      SSLContext context = context(tls, files);
      if (before != null) {
        log.log(Level.INFO, "TLS to {0}: its files were read again", tls.sni());
      }
      return new Loaded(context, files, null);
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      SSLContext kept = before == null ? null : before.context;
      String trouble =
          e instanceof NoSuchFileException ? e.getMessage() + " is not there" : text(e);
      if (before == null || !trouble.equals(before.trouble)) {
        log.log(
            Level.WARNING,
            kept == null
                ? "TLS to {0}: {1}; requests to it are answered with 503 until that is mended"
                : "TLS to {0}: {1}; what was read before is used on",
            new Object[] {tls.sni(), trouble});
      }
      return new Loaded(kept, files, trouble);
    }
  }

  private static String text(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private SSLContext context(OriginatedTls tls, TlsFiles files)
      throws GeneralSecurityException, IOException {
    KeyManager[] keys = {};
    ClientCertificate client = tls.client();
    if (client != null) {
      List<X509Certificate> chain = files.certificates(client.chain());
      keys = new KeyManager[] {new OneKeyManager(files.privateKey(client.key()), chain)};
    }
    List<X509Certificate> roots = tls.roots() == null ? null : files.certificates(tls.roots());
    List<CRL> revoked = tls.revoked() == null ? List.of() : files.revocations(tls.revoked());
    TrustManager trust =
        new ServerTrust(
            tls.verified() ? ServerTrust.chains(roots, revoked) : null, tls.serverNames());
    SSLContext context = SSLContext.getInstance("TLS", Jdk.TLS_PROVIDER);
    context.init(keys, new TrustManager[] {trust}, random);
    return MeshClientContext.of(context, new OriginatedHandshake(tls, statistics.apply(tls)));
  }
}
