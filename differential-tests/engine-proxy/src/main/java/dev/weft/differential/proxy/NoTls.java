package dev.weft.differential.proxy;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A workload without a certificate: everything that is compared goes in plaintext. */
final class NoTls implements MeshTls {

  @Override
  public boolean ready() {
    return false;
  }

  @Override
  public SSLContext clientContext(UpstreamTls peer) {
    throw new IllegalStateException("no certificate");
  }

  @Override
  public SSLEngine serverEngine(List<String> applicationProtocols) {
    throw new IllegalStateException("no certificate");
  }

  @Override
  public @Nullable String peerId(SSLSession session) {
    return null;
  }
}
