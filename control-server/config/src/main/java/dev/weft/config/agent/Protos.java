package dev.weft.config.agent;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.model.Locality;
import dev.weft.config.model.StringMatch;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Map;
import java.util.TreeMap;

/** Small values in Envoy's form. */
final class Protos {

  /** The stream that everything comes by. */
  static final ConfigSource ADS =
      ConfigSource.newBuilder()
          .setAds(AggregatedConfigSource.getDefaultInstance())
          .setResourceApiVersion(ApiVersion.V3)
          .build();

  private Protos() {}

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static Address address(String address, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(port))
        .build();
  }

  static RegexMatcher regex(String regex) {
    return RegexMatcher.newBuilder().setRegex(regex).build();
  }

  static StringMatcher stringMatcher(StringMatch match) {
    StringMatcher.Builder matcher = StringMatcher.newBuilder();
    if (match instanceof StringMatch.Exact exact) {
      matcher.setExact(exact.value());
    } else if (match instanceof StringMatch.Prefix prefix) {
      matcher.setPrefix(prefix.value());
    } else if (match instanceof StringMatch.Suffix suffix) {
      matcher.setSuffix(suffix.value());
    } else if (match instanceof StringMatch.Regex regex) {
      matcher.setSafeRegex(regex(regex.value()));
    } else {
      // Envoy allows no empty prefix: any string is any character, once or more often.
      matcher.setSafeRegex(regex(".+"));
    }
    return matcher.build();
  }

  static Value value(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  /** Strings as a struct, ordered by key. */
  static Struct struct(Map<String, String> entries) {
    Struct.Builder struct = Struct.newBuilder();
    new TreeMap<>(entries).forEach((key, text) -> struct.putFields(key, value(text)));
    return struct.build();
  }

  static io.envoyproxy.envoy.config.core.v3.Locality locality(Locality locality) {
    return io.envoyproxy.envoy.config.core.v3.Locality.newBuilder()
        .setRegion(locality.region())
        .setZone(locality.zone())
        .setSubZone(locality.subzone())
        .build();
  }
}
