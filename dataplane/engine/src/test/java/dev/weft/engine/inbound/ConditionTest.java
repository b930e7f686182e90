package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.RecordingTelemetry;
import dev.weft.engine.inbound.Judgement.Finding;
import dev.weft.engine.model.AddressRange;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.IpLiteral;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.PathTemplate;
import dev.weft.engine.model.StringMatch;
import dev.weft.engine.model.ValueMatch;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy's config.rbac.v3 Permission and Principal, one by one. */
class ConditionTest {

  private final FakeInboundRequest request = new FakeInboundRequest();

  private boolean holds(Condition condition) {
    return holds(condition, ClientAddress.FORWARDED, Map.of());
  }

  private boolean holds(Condition condition, ClientAddress client, Map<String, ?> claims) {
    Facts facts =
        new Facts(
            request, new RecordingTelemetry().inbound(request), PathNormalization.BASE, client);
    facts.accept(new Verdict.Granted(HeaderEdits.NONE, HeaderEdits.NONE, claims));
    return Judgement.on(condition).of(facts, facts.path) == Finding.HOLDS;
  }

  private static AddressRange range(String text) {
    String[] parts = text.split("/", -1);
    return new AddressRange(address(parts[0]), Integer.parseInt(parts[1]));
  }

  private static InetAddress address(String literal) {
    return Objects.requireNonNull(IpLiteral.parse(literal), literal);
  }

  /** core.v3.CidrRange: prefix_len bits of address_prefix; versions never match one another. */
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/32, 10.1.2.3, true",
    "10.1.2.3/32, 10.1.2.4, false",
    "10.1.0.0/16, 10.1.255.255, true",
    "10.1.0.0/16, 10.2.0.0, false",
    "10.1.2.128/25, 10.1.2.129, true",
    "10.1.2.128/25, 10.1.2.127, false",
    "0.0.0.0/0, 255.1.2.3, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 1.2.3.4, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "1.2.3.4/32, ::ffff:1.2.3.4, true"
  })
  void addresses(String range, String address, boolean expected) {
    request.from = address(address);
    request.to = address(address);
    assertThat(holds(new Condition.PeerAddressIs(range(range)))).isEqualTo(expected);
    assertThat(holds(new Condition.DestinationAddressIs(range(range)))).isEqualTo(expected);
  }

  /**
   * Envoy, HttpConnectionManager.use_remote_address and xff_num_trusted_hops; "headers,
   * x-forwarded-for" in its documentation has these cases. The peer is 10.0.0.9.
   */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "false, 0, -, 10.0.0.9",
        "false, 0, '203.0.113.1', 203.0.113.1",
        "false, 0, '198.51.100.1, 203.0.113.1', 203.0.113.1",
        "false, 1, '198.51.100.1, 203.0.113.1', 198.51.100.1",
        "false, 2, '198.51.100.1, 203.0.113.1', 10.0.0.9",
        "false, 0, '198.51.100.1, ', 10.0.0.9",
        "false, 0, 'fade.cafe', 10.0.0.9",
        "false, 0, 'unknown', 10.0.0.9",
        "false, 0, '198.51.100.1:80', 10.0.0.9",
        "false, 0, '2001:db8::1', 2001:db8::1",
        "true, 0, '203.0.113.1', 10.0.0.9",
        "true, 1, '198.51.100.1, 203.0.113.1', 203.0.113.1",
        "true, 2, '198.51.100.1, 203.0.113.1', 198.51.100.1",
        "true, 3, '198.51.100.1, 203.0.113.1', 10.0.0.9"
      })
  void clientAddress(boolean peer, int hops, String forwardedFor, String expected) {
    request.from = address("10.0.0.9");
    if (forwardedFor != null) {
      request.headers.put("x-forwarded-for", forwardedFor);
    }
    InetAddress client = address(expected);
    Condition same =
        new Condition.ClientAddressIs(new AddressRange(client, client.getAddress().length * 8));
    assertThat(holds(same, new ClientAddress(peer, hops), Map.of())).isTrue();
    assertThat(holds(new Condition.PeerAddressIs(range("10.0.0.9/32")))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.3.4, true",
    "01.2.3.4, false",
    "1.2.3, false",
    "1.2.3.4.5, false",
    "256.1.1.1, false",
    "1.2.3.4x, false",
    "::1, true",
    "fe80::1%eth0, false",
    "example.com, false",
    "'', false",
    "x::1, false",
    "::g, false"
  })
  void literals(String text, boolean address) {
    assertThat(IpLiteral.parse(text) != null).isEqualTo(address);
  }

  @Test
  void serverNameIsEmptyWithoutTls() {
    request.serverName = "www.example.com";
    assertThat(holds(new Condition.ServerNameIs(new StringMatch.Suffix(".example.com", false))))
        .isTrue();
    request.serverName = "";
    assertThat(holds(new Condition.ServerNameIs(new StringMatch.Suffix(".example.com", false))))
        .isFalse();
    assertThat(holds(new Condition.ServerNameIs(new StringMatch.Exact("", false)))).isTrue();
  }

  /** type.v3.Int32Range: the end is excluded. */
  @Test
  void portRanges() {
    assertThat(holds(new Condition.DestinationPortWithin(8080, 8081))).isTrue();
    assertThat(holds(new Condition.DestinationPortWithin(8000, 8080))).isFalse();
  }

  /** MetadataMatcher: a path that leads nowhere matches nothing; strings and lists differ. */
  @Test
  void claims() {
    Map<String, ?> claims =
        Map.of(
            "sub",
            "alice",
            "aud",
            List.of("web", "app"),
            "level",
            3.0,
            "realm",
            Map.of("roles", List.of("admin")));
    ValueMatch alice = new ValueMatch.Text(new StringMatch.Exact("alice", false));
    ValueMatch app = new ValueMatch.Text(new StringMatch.Exact("app", false));
    ValueMatch admin = new ValueMatch.Text(new StringMatch.Exact("admin", false));
    assertThat(claim(claims, alice, "sub")).isTrue();
    assertThat(claim(claims, new ValueMatch.OneOf(alice), "sub")).isFalse();
    assertThat(claim(claims, app, "aud")).isFalse();
    assertThat(claim(claims, new ValueMatch.OneOf(app), "aud")).isTrue();
    assertThat(claim(claims, new ValueMatch.AnyOf(List.of(app, new ValueMatch.OneOf(app))), "aud"))
        .isTrue();
    assertThat(claim(claims, new ValueMatch.OneOf(admin), "realm", "roles")).isTrue();
    assertThat(claim(claims, new ValueMatch.OneOf(admin), "realm", "groups")).isFalse();
    assertThat(claim(claims, alice, "sub", "name")).isFalse();
    assertThat(claim(claims, new ValueMatch.Text(new StringMatch.Exact("3.0", false)), "level"))
        .as("a number is no string")
        .isFalse();
    assertThat(claim(Map.of(), alice, "sub")).as("without a token").isFalse();
  }

  private boolean claim(Map<String, ?> claims, ValueMatch value, String... path) {
    return holds(new Condition.ClaimIs(List.of(path), value), ClientAddress.FORWARDED, claims);
  }

  /** UriTemplateMatchConfig.path_template; Istio's documentation of Operation.paths. */
  @ParameterizedTest
  @CsvSource({
    "/foo/*, /foo/bar, true",
    "/foo/*, /foo/, false",
    "/foo/*, /foo/bar/, false",
    "/foo/*, /foo/bar/baz, false",
    "/foo/**, /foo/, true",
    "/foo/**, /foo/a/b, true",
    "/foo/**, /foo, false",
    "/foo/**/, /foo/bar/, true",
    "/foo/**/, /foo//, true",
    "/foo/**/, /foo/bar, false",
    "/foo/**/, /foo/, false",
    "/foo/*/bar/**, /foo/buzz/bar/, true",
    "/foo/*/bar/**, /foo/buzz/bar/baz, true",
    "/foo/*/bar/**, /foo/bar/baz, false",
    "/*, /a, true",
    "/*, /, false",
    "/**, /, true",
    "/a/b, /a/b, true",
    "/a/b, /a/bc, false"
  })
  void templates(String template, String path, boolean expected) {
    assertThat(PathTemplate.of(template).matches(path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"foo", "/a/**/b/*", "/a/x*", "/{id}", "/a/**/{b}"})
  void notTemplates(String template) {
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> PathTemplate.of(template))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Against the regular expression that a template stands for. */
  @Property
  void templatesAgreeWithANaiveReference(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 3) Integer> parts,
      @ForAll
          @StringLength(max = 10)
          @CharRange(from = 'a', to = 'b')
          @CharRange(from = '/', to = '/')
          String rest) {
    StringBuilder template = new StringBuilder();
    StringBuilder regex = new StringBuilder();
    for (int part : parts) {
      template.append('/').append(List.of("a", "b", "*", "").get(part));
      regex.append('/').append(List.of("a", "b", "[^/]+", "").get(part));
    }
    String path = "/" + rest;
    assertThat(PathTemplate.of(template.toString()).matches(path))
        .isEqualTo(path.matches(regex.toString()));
    assertThat(PathTemplate.of(template + "/**/b").matches(path))
        .isEqualTo(path.matches(regex + "/.*/b"));
  }

  /** Against the addresses written out bit by bit. */
  @Property
  void rangesAgreeWithANaiveReference(
      @ForAll @Size(4) byte[] prefix,
      @ForAll @Size(4) byte[] other,
      @ForAll @IntRange(max = 32) int length,
      @ForAll @IntRange(max = 32) int shared)
      throws Exception {
    byte[] address = prefix.clone();
    for (int bit = shared; bit < 32; bit++) {
      int mask = 0x80 >> (bit % 8);
      address[bit / 8] = (byte) ((address[bit / 8] & ~mask) | (other[bit / 8] & mask));
    }
    assertThat(
            new AddressRange(InetAddress.getByAddress(prefix), length)
                .contains(InetAddress.getByAddress(address)))
        .isEqualTo(Arrays.equals(bits(prefix, length), bits(address, length)));
  }

  private static boolean[] bits(byte[] bytes, int length) {
    boolean[] bits = new boolean[length];
    for (int i = 0; i < length; i++) {
      bits[i] = (bytes[i / 8] & (0x80 >> (i % 8))) != 0;
    }
    return bits;
  }
}
