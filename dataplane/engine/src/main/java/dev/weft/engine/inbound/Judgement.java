package dev.weft.engine.inbound;

import dev.weft.engine.PeerMetadata;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Condition} made ready to be asked about requests. */
@FunctionalInterface
interface Judgement {

  /** The answer to one condition. */
  enum Finding {
    HOLDS,
    DOES_NOT_HOLD,
    /** A part was reached that was not understood: nothing further may be concluded. */
    UNKNOWN;

    static Finding of(boolean holds) {
      return holds ? HOLDS : DOES_NOT_HOLD;
    }
  }

  Finding of(Facts facts);

  static Judgement on(Condition condition) {
    if (condition instanceof Condition.Always) {
      return facts -> Finding.HOLDS;
    }
    if (condition instanceof Condition.AllOf all) {
      return untilOneIs(Finding.DOES_NOT_HOLD, all.conditions(), Finding.HOLDS);
    }
    if (condition instanceof Condition.AnyOf any) {
      return untilOneIs(Finding.HOLDS, any.conditions(), Finding.DOES_NOT_HOLD);
    }
    if (condition instanceof Condition.Not not) {
      Judgement inner = on(not.condition());
      return facts ->
          switch (inner.of(facts)) {
            case HOLDS -> Finding.DOES_NOT_HOLD;
            case DOES_NOT_HOLD -> Finding.HOLDS;
            case UNKNOWN -> Finding.UNKNOWN;
          };
    }
    if (condition instanceof Condition.PeerIs peer) {
      return facts -> Finding.of(matches(peer.id(), facts.request.peerId()));
    }
    if (condition instanceof Condition.PathIs path) {
      return facts -> Finding.of(path.path().matches(facts.path));
    }
    if (condition instanceof Condition.HeaderIs header) {
      return onHeader(header.header());
    }
    if (condition instanceof Condition.DestinationPortIs port) {
      return facts -> Finding.of(facts.request.localAddress().getPort() == port.port());
    }
    return facts -> Finding.UNKNOWN;
  }

  private static Judgement untilOneIs(
      Finding decisive, List<Condition> conditions, Finding otherwise) {
    Judgement[] judgements = conditions.stream().map(Judgement::on).toArray(Judgement[]::new);
    return facts -> {
      for (Judgement judgement : judgements) {
        Finding finding = judgement.of(facts);
        if (finding == decisive || finding == Finding.UNKNOWN) {
          return finding;
        }
      }
      return otherwise;
    };
  }

  private static Judgement onHeader(HeaderMatch header) {
    StringMatch match = header.match();
    boolean invert = header.invert();
    String name = header.name();
    return switch (name) {
      case ":method" -> facts -> Finding.of(match.matches(facts.request.method()) != invert);
      case ":authority", "host" ->
          facts -> Finding.of(match.matches(facts.request.authority()) != invert);
      case ":path" -> facts -> Finding.of(match.matches(facts.request.path()) != invert);
      // Whatever the port is guarded with, the application is spoken to as in plaintext.
      case ":scheme" -> facts -> Finding.of(match.matches("http") != invert);
      // To be seen by telemetry alone, so as good as absent.
      case PeerMetadata.HEADER, PeerMetadata.ID_HEADER -> facts -> Finding.of(invert);
      default -> facts -> Finding.of(matches(match, facts.request.header(name)) != invert);
    };
  }

  private static boolean matches(StringMatch match, @Nullable String value) {
    return value != null && match.matches(value);
  }

  /**
   * A request, by one reading of its path.
   *
   * @param path without query
   */
  record Facts(InboundRequest request, String path) {}
}
