package dev.weft.engine.inbound;

import dev.weft.engine.PeerMetadata;
import dev.weft.engine.model.AddressRange;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.model.ValueMatch;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
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

  /**
   * @param path the request's, by one reading
   */
  Finding of(Facts facts, String path);

  static Judgement on(Condition condition) {
    if (condition instanceof Condition.Always) {
      return (facts, path) -> Finding.HOLDS;
    }
    if (condition instanceof Condition.AllOf all) {
      return untilOneIs(Finding.DOES_NOT_HOLD, all.conditions(), Finding.HOLDS);
    }
    if (condition instanceof Condition.AnyOf any) {
      return untilOneIs(Finding.HOLDS, any.conditions(), Finding.DOES_NOT_HOLD);
    }
    if (condition instanceof Condition.Not not) {
      Judgement inner = on(not.condition());
      return (facts, path) ->
          switch (inner.of(facts, path)) {
            case HOLDS -> Finding.DOES_NOT_HOLD;
            case DOES_NOT_HOLD -> Finding.HOLDS;
            case UNKNOWN -> Finding.UNKNOWN;
          };
    }
    if (condition instanceof Condition.PeerIs peer) {
      return (facts, path) -> Finding.of(matches(peer.id(), facts.request.peerId()));
    }
    if (condition instanceof Condition.PathIs wanted) {
      return (facts, path) -> Finding.of(wanted.path().matches(path));
    }
    if (condition instanceof Condition.PathFits wanted) {
      return (facts, path) -> Finding.of(wanted.template().matches(path));
    }
    if (condition instanceof Condition.HeaderIs header) {
      return onHeader(header.header());
    }
    if (condition instanceof Condition.ClaimIs claim) {
      String[] names = claim.path().toArray(String[]::new);
      return (facts, path) -> Finding.of(matches(claim.value(), facts.claims(), names));
    }
    if (condition instanceof Condition.AuthorizerMetadataIs metadata) {
      String[] names = metadata.path().toArray(String[]::new);
      return (facts, path) ->
          Finding.of(matches(metadata.value(), facts.authorizerMetadata(), names));
    }
    return onConnection(condition);
  }

  /** What is not understood is unknown. */
  private static Judgement onConnection(Condition condition) {
    if (condition instanceof Condition.DestinationPortIs port) {
      return (facts, path) -> Finding.of(facts.request.localAddress().getPort() == port.port());
    }
    if (condition instanceof Condition.DestinationPortWithin ports) {
      return (facts, path) -> {
        int port = facts.request.localAddress().getPort();
        return Finding.of(port >= ports.from() && port < ports.to());
      };
    }
    if (condition instanceof Condition.DestinationAddressIs wanted) {
      return (facts, path) -> within(wanted.range(), facts.request.localAddress().getAddress());
    }
    if (condition instanceof Condition.PeerAddressIs wanted) {
      return (facts, path) -> within(wanted.range(), facts.request.remoteAddress().getAddress());
    }
    if (condition instanceof Condition.ClientAddressIs wanted) {
      return (facts, path) -> within(wanted.range(), facts.clientAddress());
    }
    if (condition instanceof Condition.ServerNameIs wanted) {
      return (facts, path) -> Finding.of(wanted.name().matches(facts.request.serverName()));
    }
    return (facts, path) -> Finding.UNKNOWN;
  }

  /** An address that isn't known is in no range, and out of none. */
  private static Finding within(AddressRange range, @Nullable InetAddress address) {
    return address == null ? Finding.UNKNOWN : Finding.of(range.contains(address));
  }

  private static Judgement untilOneIs(
      Finding decisive, List<Condition> conditions, Finding otherwise) {
    Judgement[] judgements = conditions.stream().map(Judgement::on).toArray(Judgement[]::new);
    return (facts, path) -> {
      for (Judgement judgement : judgements) {
        Finding finding = judgement.of(facts, path);
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
      case ":method" ->
          (facts, path) -> Finding.of(match.matches(facts.request.method()) != invert);
      case ":authority", "host" ->
          (facts, path) -> Finding.of(match.matches(facts.request.authority()) != invert);
      case ":path" -> (facts, path) -> Finding.of(match.matches(facts.target(path)) != invert);
      // Whatever the port is guarded with, the application is spoken to as in plaintext.
      case ":scheme" -> (facts, path) -> Finding.of(match.matches("http") != invert);
      // To be seen by telemetry alone, so as good as absent.
      case PeerMetadata.HEADER, PeerMetadata.ID_HEADER -> (facts, path) -> Finding.of(invert);
      default -> (facts, path) -> Finding.of(matches(match, facts.header(name)) != invert);
    };
  }

  private static boolean matches(StringMatch match, @Nullable String value) {
    return value != null && match.matches(value);
  }

  /**
   * Whether the value that these names lead to, each within the last one's, is there and matches.
   */
  private static boolean matches(ValueMatch match, Map<String, ?> fields, String[] names) {
    Object value = fields;
    for (String name : names) {
      value = value instanceof Map<?, ?> inner ? inner.get(name) : null;
    }
    return value != null && match.matches(value);
  }
}
