package dev.weft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Model;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.RateLimit.Entry;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.Action;
import dev.weft.engine.model.RateLimitRule.Constant;
import dev.weft.engine.model.RateLimitRule.DestinationCluster;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.model.RateLimitRule.HeadersMatch;
import dev.weft.engine.model.RateLimitRule.PeerIdentity;
import dev.weft.engine.model.RateLimitRule.QueryMatches;
import dev.weft.engine.model.RateLimitRule.QueryValue;
import dev.weft.engine.model.RateLimitRule.RemoteAddress;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy, config.route.v3.RateLimit.Action. */
class DescriptorsTest {

  private static final String PEER = "spiffe://cluster.local/ns/shop/sa/storefront";

  private final FakeLimitedRequest request = FakeLimitedRequest.with("x-user", "ann");

  private static String text(List<List<Entry>> descriptors) {
    return String.join(
        "; ",
        descriptors.stream()
            .map(
                entries ->
                    String.join(
                        ", ", entries.stream().map(it -> it.key() + "=" + it.value()).toList()))
            .toList());
  }

  private static Constant constant() {
    return new Constant("generic_key", "a");
  }

  /** The actions of a rule, and the descriptor; empty: there is none. */
  static Stream<Arguments> actions() {
    QueryMatch page1 = new QueryMatch("page", new StringMatch.Exact("1", false));
    return Stream.of(
        // request_headers, skip_if_absent
        Arguments.of(List.of(new HeaderValue("x-user", "user", false)), "user=ann"),
        Arguments.of(List.of(new HeaderValue(":path", "PATH", false)), "PATH=/items?page=1"),
        Arguments.of(List.of(constant(), new HeaderValue("x-no", "no", false)), ""),
        Arguments.of(List.of(constant(), new HeaderValue("x-no", "no", true)), "generic_key=a"),
        Arguments.of(List.of(new HeaderValue("x-no", "no", true)), ""),
        // query_parameters
        Arguments.of(List.of(new QueryValue("page", "p", false)), "p=1"),
        Arguments.of(List.of(new QueryValue("size", "s", false), constant()), ""),
        Arguments.of(List.of(new QueryValue("size", "s", true), constant()), "generic_key=a"),
        // remote_address, destination_cluster
        Arguments.of(
            List.of(new RemoteAddress(), new DestinationCluster()),
            "remote_address=10.0.0.9, destination_cluster=outbound|80||catalog"),
        // header_value_match, expect_match
        Arguments.of(List.of(match("x-user", "ann", true)), "header_match=v"),
        Arguments.of(List.of(match("x-user", "bob", true)), ""),
        Arguments.of(List.of(match("x-user", "ann", false)), ""),
        Arguments.of(List.of(match("x-user", "bob", false)), "header_match=v"),
        // query_parameter_value_match
        Arguments.of(
            List.of(new QueryMatches("query_match", "v", true, List.of(page1))), "query_match=v"),
        Arguments.of(List.of(new QueryMatches("query_match", "v", false, List.of(page1))), ""),
        // extension: connection.uri_san_peer_certificate
        Arguments.of(List.of(new PeerIdentity("peer")), "peer=" + PEER));
  }

  private static Action match(String header, String value, boolean expected) {
    return new HeadersMatch("header_match", "v", expected, List.of(Model.header(header, value)));
  }

  @ParameterizedTest
  @MethodSource
  void actions(List<Action> actions, String expected) {
    request.peer = PEER;
    assertThat(text(new Descriptors(List.of(new RateLimitRule(0, actions))).of(request)))
        .isEqualTo(expected);
  }

  @Test
  void eachRuleIsADescriptorOfItsOwn() {
    Descriptors descriptors =
        new Descriptors(
            List.of(
                new RateLimitRule(0, List.of(new HeaderValue("x-user", "user", false))),
                new RateLimitRule(0, List.of(new PeerIdentity("peer"))),
                new RateLimitRule(0, List.of(constant()))));
    assertThat(text(descriptors.of(request)))
        .as("who has proved no identity has none")
        .isEqualTo("user=ann; generic_key=a");
  }

  /** Envoy, Utility::QueryParamsMulti::parseAndDecodeQueryString. */
  static Stream<Arguments> query() {
    return Stream.of(
        Arguments.of("/?a=1&b=2", "b", "2"),
        Arguments.of("/?b=2&b=3", "b", "2"),
        Arguments.of("/?ab=1&b", "b", ""),
        Arguments.of("/?b=%2Fx%zz%4", "b", "/x%zz%4"),
        Arguments.of("/?%62=1", "b", "1"),
        Arguments.of("/b=1", "b", null),
        Arguments.of("/?c==b=1", "b", null));
  }

  @ParameterizedTest
  @MethodSource
  void query(String target, String name, String expected) {
    assertThat(QueryParameters.first(target, name)).isEqualTo(expected);
  }
}
