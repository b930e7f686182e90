package dev.weft.controlserver.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.weft.controlserver.state.StateDirectory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedTokensTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Identity CATALOG = new Identity("shop", "catalog");

  private final Path directory;

  SignedTokensTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private SignedTokens tokens(String state, Instant now) {
    return SignedTokens.in(
        new StateDirectory(directory.resolve(state)), Clock.fixed(now, ZoneOffset.UTC));
  }

  @Test
  void aTokenProvesItsIdentityToEveryoneWithTheSameState() throws Exception {
    String token = tokens("state", NOW).mint(CATALOG, Duration.ofHours(1));

    assertThat(tokens("state", NOW).verify(token)).isEqualTo(CATALOG);
  }

  @Test
  void anExpiredTokenProvesNothing() {
    String token = tokens("state", NOW).mint(CATALOG, Duration.ofHours(1));
    SignedTokens later = tokens("state", NOW.plus(Duration.ofHours(1)));

    assertThatThrownBy(() -> later.verify(token))
        .isInstanceOf(TokenRejected.class)
        .hasMessageContaining("expired");
  }

  @Test
  void aTokenOfAnotherServerProvesNothing() {
    String token = tokens("other", NOW).mint(CATALOG, Duration.ofHours(1));

    assertThatThrownBy(() -> tokens("state", NOW).verify(token))
        .isInstanceOf(TokenRejected.class)
        .hasMessageContaining("not signed");
  }

  @Test
  void otherAlgorithmsProveNothing() throws Exception {
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer("weft-control-server")
            .audience("istio-ca")
            .subject("system:serviceaccount:shop:catalog")
            .expirationTime(Date.from(NOW.plusSeconds(60)))
            .build();
    SignedJWT hmac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    hmac.sign(new MACSigner(new byte[32]));

    for (String token :
        new String[] {new PlainJWT(claims).serialize(), hmac.serialize(), "", "x.y.z"}) {
      assertThatThrownBy(() -> tokens("state", NOW).verify(token))
          .isInstanceOf(TokenRejected.class);
    }
  }

  @Test
  void whatIsNoTokenIsCalledSo() {
    assertThatThrownBy(() -> tokens("state", NOW).verify("hello"))
        .isInstanceOf(TokenRejected.class)
        .hasMessage("what was given is no token of this control server");
  }

  @Test
  void anIdentityCanNotEscapeItsPlaceInTheSpiffeId() {
    for (String text :
        new String[] {"shop", "shop/", "/a", "shop/a/b", "Shop/a", "shop/..", "a b/c"}) {
      assertThatThrownBy(() -> Identity.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Identity.parse("shop/catalog").spiffeId("cluster.local"))
        .isEqualTo("spiffe://cluster.local/ns/shop/sa/catalog");
  }
}
