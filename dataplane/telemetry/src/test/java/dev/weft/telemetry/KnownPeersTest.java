package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.STOREFRONT;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.inbound.ConnectedPeer;
import java.io.IOException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownPeersTest {

  /** As an Istio proxy writes it, made by hand from the format: deployment storefront, v3. */
  private static final String ISTIOS =
      "ChoKCkNMVVNURVJfSUQSDBoKS3ViZXJuZXRlcwqMAQoGTEFCRUxTEoEBKn8KDgoDYXBwEgcaBWZyb250"
          + "Ci8KH3NlcnZpY2UuaXN0aW8uaW8vY2Fub25pY2FsLW5hbWUSDBoKc3RvcmVmcm9udAorCiNzZXJ2aWNl"
          + "LmlzdGlvLmlvL2Nhbm9uaWNhbC1yZXZpc2lvbhIEGgJ2MwoPCgd2ZXJzaW9uEgQaAnYzCiEKBE5BTUUS"
          + "GRoXc3RvcmVmcm9udC01ZDhmN2MteDJ4NGsKEwoJTkFNRVNQQUNFEgYaBHNob3AKSwoFT1dORVISQhpA"
          + "a3ViZXJuZXRlczovL2FwaXMvYXBwcy92MS9uYW1lc3BhY2VzL3Nob3AvZGVwbG95bWVudHMvc3RvcmVm"
          + "cm9udAodCg1XT1JLTE9BRF9OQU1FEgwaCnN0b3JlZnJvbnQ=";

  private static final Peer STRANGER_OF_SHOP =
      new Peer("unknown", "shop", "unknown", "unknown", "unknown", "latest", "unknown");

  private final AtomicInteger disbelieved = new AtomicInteger();
  private final Set<Caller> forgotten = new HashSet<>();
  private final KnownPeers peers = new KnownPeers(0, forgotten::add, disbelieved::incrementAndGet);
  private long now;

  @Test
  void understandsIstiosProxies() {
    assertThat(ask(STOREFRONT, "node", ISTIOS))
        .isEqualTo(new Peer("storefront", "shop", "front", "v3", "storefront", "v3", "Kubernetes"));
    assertThat(disbelieved).hasValue(0);
  }

  @Test
  void readsTheMetadataOfAnInstanceOnce() {
    Peer first = ask(STOREFRONT, "node", ISTIOS);
    assertThat(ask(new Requests.Inbound("/", STOREFRONT, Map.of(PeerMetadata.ID_HEADER, "node"))))
        .isSameAs(first);
    assertThat(ask(STOREFRONT, "replica", ISTIOS)).isSameAs(first);
  }

  @Test
  void whatIsSaidHoldsForTheConnectionUntilSomethingElseIs() {
    ConnectedPeer connection = new ConnectedPeer(STOREFRONT, true);
    Requests.Inbound next = new Requests.Inbound(connection, "/", Map.of());
    assertThat(ask(next)).isEqualTo(STRANGER_OF_SHOP);
    Peer first = ask(new Requests.Inbound(connection, "/", headers("node", ISTIOS)));
    assertThat(ask(next)).isSameAs(first);
    Peer other = ask(new Requests.Inbound(connection, "/", headers("node2", claim("other"))));
    assertThat(other.workload()).isEqualTo("other");
    assertThat(ask(next)).isSameAs(other);
    assertThat(ask(new Requests.Inbound("/", STOREFRONT, Map.of()))).isEqualTo(STRANGER_OF_SHOP);
    assertThat(disbelieved).hasValue(0);
  }

  @Test
  void whereNothingWasAgreedOnItHoldsForTheRequestAlone() {
    ConnectedPeer gateway = new ConnectedPeer(STOREFRONT, false);
    ask(new Requests.Inbound(gateway, "/", headers("node", ISTIOS)));
    assertThat(ask(new Requests.Inbound(gateway, "/", Map.of()))).isEqualTo(STRANGER_OF_SHOP);
  }

  @Test
  void anIdWithoutTextIsNoReasonToForget() {
    ConnectedPeer connection = new ConnectedPeer(STOREFRONT, true);
    ask(new Requests.Inbound(connection, "/", Map.of(PeerMetadata.ID_HEADER, "node")));
    Peer first = ask(new Requests.Inbound(connection, "/", headers("node", ISTIOS)));
    assertThat(first.workload()).isEqualTo("storefront");
    ask(new Requests.Inbound(connection, "/", Map.of(PeerMetadata.ID_HEADER, "other")));
    assertThat(ask(new Requests.Inbound(connection, "/", Map.of()))).isSameAs(first);
  }

  @Test
  void aConnectionThatWasSilentForLongIsStillKnown() {
    ConnectedPeer connection = new ConnectedPeer(STOREFRONT, true);
    Peer first = ask(new Requests.Inbound(connection, "/", headers("node", ISTIOS)));
    now += MINUTES.toNanos(62);
    peers.age(now);
    assertThat(forgotten).hasSize(2);
    assertThat(ask(new Requests.Inbound(connection, "/", Map.of()))).isEqualTo(first);
  }

  @Test
  void believesNobodyWhoProvedNothing() {
    assertThat(ask(new Requests.Inbound("/", null, headers("node", ISTIOS))))
        .isEqualTo(Peer.UNKNOWN);
  }

  @Test
  void theCertificateKnowsTheNamespaceBetter() {
    String bank = "spiffe://cluster.local/ns/bank/sa/thief";
    assertThat(ask(bank, "node", ISTIOS).namespace()).isEqualTo("bank");
    // Another identity's word about the same node is its own.
    assertThat(ask(STOREFRONT, "node", claim("other")).workload()).isEqualTo("other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "AAAA", "CgU=", "//////////8="})
  void whatMakesNoSenseIsNotBelievedAndNotReadAgain(String text) {
    assertThat(ask(STOREFRONT, "node", text)).isEqualTo(STRANGER_OF_SHOP);
    assertThat(ask(STOREFRONT, "node", ISTIOS)).isEqualTo(STRANGER_OF_SHOP);
    assertThat(disbelieved).hasValue(1);
  }

  @Test
  void nestingAndLengthAreBounded() throws IOException {
    ByteString deep = ByteString.EMPTY;
    for (int i = 0; i < 500; i++) {
      // Struct.fields = 1, an entry's value = 2, Value.struct_value = 5
      deep = field(1, field(2, field(5, deep)));
    }
    String nested = Base64.getEncoder().encodeToString(deep.toByteArray());
    assertThat(nested).hasSizeLessThan(PeerStruct.LONGEST_TEXT);
    assertThat(ask(STOREFRONT, "deep", nested)).isEqualTo(STRANGER_OF_SHOP);
    assertThat(ask(STOREFRONT, "long", ISTIOS + " ".repeat(PeerStruct.LONGEST_TEXT)))
        .isEqualTo(STRANGER_OF_SHOP);
    assertThat(disbelieved).hasValue(2);
    assertThat(ask(STOREFRONT, "value", claim("w".repeat(254))).workload()).isEqualTo("unknown");
    assertThat(disbelieved).hasValue(3);
    assertThat(ask(STOREFRONT, "i".repeat(1_000), ISTIOS)).isEqualTo(STRANGER_OF_SHOP);
    assertThat(disbelieved).hasValue(4);
  }

  @Test
  void onlyNamesAreBelieved() {
    for (String odd : List.of("\u4e00", "a b", "a\nb", "w".repeat(254))) {
      assertThat(ask(STOREFRONT, odd, claim(odd))).isEqualTo(STRANGER_OF_SHOP);
    }
    assertThat(disbelieved).hasValue(4);
    assertThat(ask(STOREFRONT, "fit", claim("w".repeat(253))).workload()).hasSize(253);
    assertThat(disbelieved).hasValue(4);
  }

  @Test
  void halfAnIntroductionIsCountedAsDisbelieved() {
    ask(new Requests.Inbound("/", STOREFRONT, Map.of(PeerMetadata.ID_HEADER, "node")));
    assertThat(disbelieved).hasValue(1);
    ask(new Requests.Inbound("/", STOREFRONT, Map.of(PeerMetadata.HEADER, ISTIOS)));
    assertThat(disbelieved).hasValue(2);
  }

  @Test
  void claimsOfLongAgoMakeRoomForNewOnes() {
    for (int i = 0; i < KnownPeers.MOST_CLAIMS; i++) {
      assertThat(ask(STOREFRONT, "node-" + i, claim("v" + i)).workload()).isEqualTo("v" + i);
    }
    now += MINUTES.toNanos(59);
    assertThat(ask(STOREFRONT, "node-1", claim("v1")).workload()).isEqualTo("v1");
    assertThat(ask(STOREFRONT, "new", claim("new"))).isEqualTo(STRANGER_OF_SHOP);
    assertThat(forgotten).isEmpty();

    now += MINUTES.toNanos(2);
    peers.age(now);
    assertThat(forgotten).hasSize(KnownPeers.MOST_CLAIMS - 1);
    assertThat(ask(STOREFRONT, "new", claim("new")).workload()).isEqualTo("new");
    assertThat(ask(STOREFRONT, "node-1", claim("v1")).workload()).isEqualTo("v1");
  }

  @Test
  void identitiesThatAreTooManyAreCountedUntilOthersAreForgotten() {
    for (int i = 0; i < KnownPeers.MOST_IDENTITIES; i++) {
      ask("spiffe://cluster.local/ns/n/sa/" + i, "node", claim("w"));
    }
    assertThat(disbelieved).hasValue(0);
    assertThat(ask(STOREFRONT, "node", ISTIOS)).isEqualTo(Peer.UNKNOWN);
    assertThat(disbelieved).hasValue(1);

    now += MINUTES.toNanos(61);
    assertThat(ask(STOREFRONT, "node", ISTIOS).workload()).isEqualTo("storefront");
    assertThat(forgotten).hasSize(2 * KnownPeers.MOST_IDENTITIES);
  }

  @Test
  void onePeersEndlessClaimsAreBoundedAndTakeNothingFromOthers() {
    Set<Peer> seen = new HashSet<>();
    for (int i = 0; i < 3 * KnownPeers.MOST_INSTANCES; i++) {
      seen.add(ask(STOREFRONT, "node-" + i, claim("workload-" + i)));
    }
    assertThat(seen).hasSize(KnownPeers.MOST_CLAIMS + 1).contains(STRANGER_OF_SHOP);
    assertThat(ask("spiffe://cluster.local/ns/shop/sa/honest", "node", ISTIOS).workload())
        .isEqualTo("storefront");
  }

  private Peer ask(String principal, String id, String metadata) {
    return ask(new Requests.Inbound("/", principal, headers(id, metadata)));
  }

  private Peer ask(Requests.Inbound request) {
    return peers.of(request, now).peer;
  }

  private static ByteString field(int number, ByteString message) throws IOException {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeBytes(number, message);
    out.flush();
    return bytes.toByteString();
  }

  private static Map<String, String> headers(String id, String metadata) {
    return Map.of(PeerMetadata.ID_HEADER, id, PeerMetadata.HEADER, metadata);
  }

  private static String claim(String workload) {
    return base64(
        Struct.newBuilder()
            .putFields("WORKLOAD_NAME", Value.newBuilder().setStringValue(workload).build())
            .build());
  }

  private static String base64(Struct struct) {
    return Base64.getEncoder().encodeToString(struct.toByteArray());
  }
}
