package dev.weft.engine.inbound;

import dev.weft.engine.limits.Decision;
import dev.weft.engine.limits.LimitedRequest;
import dev.weft.engine.limits.Limiter;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** A limit on the requests that a port gets. */
final class LimitJudge implements Judge {

  private final Limiter limiter;

  LimitJudge(Limiter limiter) {
    this.limiter = limiter;
  }

  @Override
  public Verdict judge(Facts facts) {
    return verdict(limiter.decide(new Incoming(facts)), facts);
  }

  private static Verdict verdict(Decision decision, Facts facts) {
    if (decision instanceof Decision.Refused refused) {
      return new Verdict.Denied(refused.answer(), null, refused.details());
    }
    if (decision instanceof Decision.Pending pending) {
      return new Verdict.Pending(pending.decision().thenApply(answer -> verdict(answer, facts)));
    }
    Decision.Allowed allowed = (Decision.Allowed) decision;
    if (allowed.permit() != null) {
      facts.hold(allowed.permit());
    }
    return allowed.requestHeaders().isEmpty() && allowed.responseHeaders().isEmpty()
        ? Verdict.Granted.INSTANCE
        : new Verdict.Granted(allowed.requestHeaders(), allowed.responseHeaders(), null);
  }

  private record Incoming(Facts facts) implements LimitedRequest {

    @Override
    public @Nullable String header(String name) {
      return switch (name) {
        case ":method" -> facts.request.method();
        case ":authority", "host" -> facts.request.authority();
        case ":path" -> facts.target();
        case ":scheme" -> "http";
        default -> facts.header(name);
      };
    }

    @Override
    public String target() {
      return facts.target();
    }

    @Override
    public @Nullable String remoteAddress() {
      InetAddress client = facts.clientAddress();
      return client == null ? null : client.getHostAddress();
    }

    /** Istio's name for the application behind the port. */
    @Override
    public String destinationCluster() {
      return "inbound|" + facts.request.localAddress().getPort() + "||";
    }

    @Override
    public @Nullable String peerIdentity() {
      return facts.request.peerId();
    }
  }
}
