package dev.weft.agent;

import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Stands where gRPC's transport looks at the JVM's TLS when it is loaded. It would make the default
 * context, by system properties that the application may not have set yet, and would read every
 * certificate that the JVM trusts: a tenth of what the agent costs a start. All it wants to know is
 * which provider there is, and that it knows ALPN. Called from bytecode that {@code
 * packaging.Redirects} has changed.
 */
public final class LibraryTls {

  private static final String PROVIDER = "SunJSSE";

  private LibraryTls() {}

  /** A context of the provider, not initialized. */
  public static SSLContext getDefault() throws NoSuchAlgorithmException {
    try {
      return SSLContext.getInstance("TLS", PROVIDER);
    } catch (NoSuchProviderException e) {
      throw new NoSuchAlgorithmException(e);
    }
  }

  /** Initializes a context that trusts nobody. */
  public static void init(
      SSLContext context,
      KeyManager @Nullable [] keys,
      TrustManager @Nullable [] trust,
      @Nullable SecureRandom random)
      throws KeyManagementException {
    context.init(new KeyManager[0], new TrustManager[0], random);
  }
}
