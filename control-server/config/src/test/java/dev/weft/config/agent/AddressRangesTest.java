package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ServiceEntry.addresses that are CIDR ranges. */
class AddressRangesTest {

  private static final ClientWorkload WEB = Fixtures.client("web");

  private static String entry(String name, String rest) {
    return """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: %s, namespace: shop}
        spec:
          hosts: [%s.example.com]
          ports: [{number: 80, name: http, protocol: HTTP}]
          %s
        ---
        """
        .formatted(name, name, rest);
  }

  private static final String FIXED = "resolution: STATIC\n  endpoints: [{address: 192.0.2.1}]\n  ";

  private static final AgentGenerator GENERATOR =
      new AgentGenerator(
          Fixtures.model(
              entry("wide", FIXED + "addresses: [10.0.0.0/8, '2001:db8::/32']")
                  + entry("narrow", FIXED + "addresses: [10.1.0.0/16]")
                  + entry("one", FIXED + "addresses: [10.1.2.3]")
                  + entry("dialled", "resolution: NONE\n  addresses: [172.16.0.0/12]")));

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, one.example.com",
    "10.1.2.4, narrow.example.com",
    "10.2.0.1, wide.example.com",
    "'[2001:db8::1]', wide.example.com",
    "11.0.0.1, ",
    "wide, ",
  })
  void theLongestPrefixHolds(String host, String service) {
    assertThat(
            GENERATOR
                .listenerChain(WEB, host + ":80")
                .map(chain -> chain.clusters().get(0).getName())
                .orElse(null))
        .isEqualTo(service == null ? null : "outbound|80||" + service);
  }

  @Test
  void anyAddressIsAnAuthority() {
    Chain chain = GENERATOR.listenerChain(WEB, "10.1.2.4:80").orElseThrow();
    assertThat(chain.listener().getName()).isEqualTo("10.1.2.4:80");
    assertThat(chain.routes().getVirtualHosts(0).getDomainsList()).contains("*");
  }

  /** ORIGINAL_DST: each address leads to itself. */
  @Test
  void withoutEndpointsTheCalledAddressIsTheEndpoint() {
    Chain chain = GENERATOR.listenerChain(WEB, "172.16.5.6:80").orElseThrow();
    Cluster cluster = chain.clusters().get(0);
    assertThat(cluster.getName()).isEqualTo("outbound|80||172.16.5.6");
    SocketAddress at =
        cluster
            .getLoadAssignment()
            .getEndpoints(0)
            .getLbEndpoints(0)
            .getEndpoint()
            .getAddress()
            .getSocketAddress();
    assertThat(at.getAddress() + ":" + at.getPortValue()).isEqualTo("172.16.5.6:80");
    assertThat(GENERATOR.cluster(WEB, cluster.getName())).contains(cluster);
  }

  @Test
  void clientsKnowTheRanges() {
    assertThat(GENERATOR.nameTables(WEB).get(0).hosts())
        .filteredOn(host -> host.name().equals("wide.example.com"))
        .singleElement()
        .satisfies(
            host -> assertThat(host.addresses()).containsExactly("10.0.0.0/8", "2001:db8::/32"));
  }
}
