package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.limits.LimitSurroundings;
import dev.weft.engine.limits.Limiters;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.spi.CheckCodec;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who judge a port's requests, in order: first its mode, then its filters. Under STRICT a
 * request without a proved identity is refused here as well: its connection may be older than the
 * mode.
 */
final class PortJudge {

  private static final Verdict NO_IDENTITY =
      new Verdict.Denied(RbacJudge.DENIED, "PeerAuthentication STRICT");

  /** A caller may try another endpoint, or later. */
  private static final Verdict NOT_CONFIGURED =
      new Verdict.Denied(
          new Answer(
              503,
              List.of(new Header("content-type", "text/plain")),
              "no configuration yet",
              ResponseFlag.NONE),
          "no configuration");

  private static final Judge STRICT =
      facts -> facts.request.peerId() == null ? NO_IDENTITY : Verdict.Granted.INSTANCE;

  private final Judge[] judges;
  private final PathNormalization paths;
  private final ClientAddress client;
  private final @Nullable Limiters limiters;

  private PortJudge(
      List<Judge> judges,
      PathNormalization paths,
      ClientAddress client,
      @Nullable Limiters limiters) {
    this.judges = judges.toArray(Judge[]::new);
    this.paths = paths;
    this.client = client;
    this.limiters = limiters;
  }

  /** Whom judges ask. */
  record Advisers(
      JwtVerifier tokens, CheckCodec checks, MeshRequests mesh, LimitSurroundings limits) {}

  /**
   * @param before of the same port; null: there was none
   */
  static PortJudge of(InboundListener listener, Advisers advisers, @Nullable PortJudge before) {
    Limiters limiters = new Limiters(advisers.limits, before == null ? null : before.limiters);
    List<Judge> judges = new ArrayList<>();
    if (listener.mode() == MutualTlsMode.STRICT) {
      judges.add(STRICT);
    }
    for (InboundFilter filter : listener.filters()) {
      judges.add(judge(filter, advisers, limiters));
    }
    return new PortJudge(judges, listener.paths(), listener.client(), limiters);
  }

  private static Judge judge(InboundFilter filter, Advisers advisers, Limiters limiters) {
    if (filter instanceof InboundFilter.JwtAuthentication jwt) {
      return new JwtJudge(jwt, advisers.tokens, advisers.mesh);
    }
    if (filter instanceof InboundFilter.ExternalAuthorization external) {
      return new AuthorizerJudge(external, advisers.checks, advisers.mesh);
    }
    if (filter instanceof RequestLimit limit) {
      return new LimitJudge(limiters.of(limit, List.of()));
    }
    return new RbacJudge((InboundFilter.Rbac) filter);
  }

  static PortJudge of(Judge judge) {
    return of(List.of(judge));
  }

  static PortJudge of(List<Judge> judges) {
    return new PortJudge(judges, PathNormalization.BASE, ClientAddress.FORWARDED, null);
  }

  /**
   * For a port whose policies aren't known. Under STRICT there may be some that deny, and nothing
   * is granted.
   */
  static PortJudge withoutConfiguration(MutualTlsMode mode) {
    return new PortJudge(
        mode == MutualTlsMode.STRICT ? List.of(STRICT, facts -> NOT_CONFIGURED) : List.of(),
        PathNormalization.BASE,
        ClientAddress.FORWARDED,
        null);
  }

  int judges() {
    return judges.length;
  }

  Facts facts(InboundRequest request, InboundObservation observation) {
    return new Facts(request, observation, paths, client);
  }

  Verdict judge(int number, Facts facts) {
    return judges[number].judge(facts);
  }
}
