package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Model;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Envoy, HttpConnectionManager.forward_client_cert_details: what an application is told of its
 * caller's certificate, as Istio sets up a sidecar's inbound listeners (APPEND_FORWARD).
 */
class ForwardedClientCertTest {

  private static final String HEADER = "x-forwarded-client-cert";
  private static final String CERTIFICATE =
      "By=spiffe://cluster.local/ns/shop/sa/catalog;Hash=ab;Subject=\"\";URI="
          + FakeInboundRequest.STOREFRONT;

  private final EngineFixture mesh = new EngineFixture();

  private HeaderEdits seen(@Nullable ConnectedPeer peer, @Nullable String sent) {
    FakeInboundRequest request =
        new FakeInboundRequest() {
          @Override
          public @Nullable ConnectedPeer peer() {
            return peer;
          }
        };
    if (sent != null) {
      request.headers.put(HEADER, sent);
    }
    return ((InboundStep.Proceed) mesh.engine.inbound(request).next()).requestHeaders();
  }

  private static ConnectedPeer peer(String certificate) {
    return new ConnectedPeer(FakeInboundRequest.STOREFRONT, false, "", certificate);
  }

  @Test
  void overPlaintextNobodyMayClaimAny() {
    assertThat(seen(null, "URI=spiffe://cluster.local/ns/shop/sa/admin").remove()).contains(HEADER);
  }

  @Test
  void overMutualTlsItIsTold() {
    HeaderEdits edits = seen(peer(CERTIFICATE), null);
    assertThat(edits.set()).containsExactly(new Header(HEADER, CERTIFICATE));
    assertThat(edits.remove()).doesNotContain(HEADER);
  }

  @Test
  void itIsAddedToWhatTheCallerPassesOn() {
    assertThat(seen(peer(CERTIFICATE), "URI=a").set())
        .containsExactly(new Header(HEADER, "URI=a," + CERTIFICATE));
  }

  @Test
  void oneThatIsNotKnownIsNotClaimedEither() {
    assertThat(seen(peer(""), "URI=a").remove()).contains(HEADER);
  }

  /** In Envoy the connection manager has edited the request before any filter sees it. */
  @Test
  void policiesSeeWhatTheApplicationSees() {
    Condition admin = new Condition.HeaderIs(Model.header(HEADER, "URI=admin"));
    mesh.inbound(
        new InboundListener(
            8080,
            MutualTlsMode.PERMISSIVE,
            List.of(
                InboundFilter.Rbac.enforcing(
                    InboundFilter.Action.ALLOW,
                    List.of(new InboundFilter.Policy("admin", admin))))));
    FakeInboundRequest request = new FakeInboundRequest();
    request.peerId = null;
    request.headers.put(HEADER, "URI=admin");
    assertThat(mesh.engine.inbound(request).next()).isInstanceOf(InboundStep.Refuse.class);
  }
}
