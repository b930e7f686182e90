package dev.weft.engine;

import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The one mesh of this process, as carriers (instrumented libraries, the sidecar) see it. All
 * methods may be called from any thread and none of them blocks.
 */
public interface Mesh {

  /** The mesh that was installed; before that, one to which nothing belongs. */
  static Mesh current() {
    return InstalledMesh.current;
  }

  /** Makes {@code mesh} the process's mesh. Called once by whoever assembles the workload. */
  static void install(Mesh mesh) {
    InstalledMesh.current = mesh;
  }

  /**
   * Begins a call.
   *
   * @return what to do about it, step by step; null if the request is none of the mesh's business,
   *     in which case the carrier does exactly what it would do without Weft
   */
  @Nullable OutboundCall outbound(OutboundRequest request);

  /**
   * Whether a connection that the application itself encrypts may not be made, because nobody
   * declares the host. The carrier then fails as it does where nobody answers.
   *
   * @param host a name or an IP literal, without brackets
   */
  default boolean forbids(String host, int port) {
    return false;
  }

  /** Begins the judgement of a request that arrived on a guarded port. */
  InboundCall inbound(InboundRequest request);

  /** The sockets that this process listens on, and what may come in through each. */
  ListeningPorts listeningPorts();

  /** TLS as this workload: its certificate, its trust. */
  MeshTls tls();

  /** For what carriers have to end in time themselves. */
  Timer timer();
}
