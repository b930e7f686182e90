package dev.weft.config.istio;

import dev.weft.config.model.ServicePolicy.GrpcProbe;
import dev.weft.config.model.ServicePolicy.HealthCheck;
import dev.weft.config.model.ServicePolicy.HttpProbe;
import dev.weft.config.model.ServicePolicy.Probe;
import dev.weft.config.model.ServicePolicy.Statuses;
import dev.weft.config.model.ServicePolicy.TcpProbe;
import dev.weft.config.source.Fields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a ServicePolicy's {@code healthCheck}, within the bounds of Envoy's HealthCheck. */
final class HealthCheckReader {

  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(1);
  private static final int DEFAULT_UNHEALTHY_THRESHOLD = 3;
  private static final int DEFAULT_HEALTHY_THRESHOLD = 2;
  private static final int MAX_THRESHOLD = 1000;

  /** Envoy refuses CONNECT. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH");

  private static final Pattern STATUSES = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");

  private HealthCheckReader() {}

  static HealthCheck read(Fields fields) {
    @Nullable Probe http = fields.object("http", HealthCheckReader::http);
    @Nullable Probe tcp = fields.object("tcp", nothing -> new TcpProbe());
    @Nullable Probe grpc = fields.object("grpc", probe -> new GrpcProbe(text(probe, "service")));
    if (Stream.of("http", "tcp", "grpc").filter(fields::has).count() != 1) {
      fields.error("", "must have exactly one of http, tcp and grpc");
    }
    Probe probe = http != null ? http : grpc != null ? grpc : tcp;
    Duration interval = CommonFields.positiveDuration(fields, "interval");
    Duration timeout = CommonFields.positiveDuration(fields, "timeout");
    Integer unhealthy = fields.integer("unhealthyThreshold", 1, MAX_THRESHOLD);
    Integer healthy = fields.integer("healthyThreshold", 1, MAX_THRESHOLD);
    return new HealthCheck(
        probe == null ? new TcpProbe() : probe,
        interval == null ? DEFAULT_INTERVAL : interval,
        timeout == null ? DEFAULT_TIMEOUT : timeout,
        unhealthy == null ? DEFAULT_UNHEALTHY_THRESHOLD : unhealthy,
        healthy == null ? DEFAULT_HEALTHY_THRESHOLD : healthy,
        CommonFields.port(fields, "port"));
  }

  private static HttpProbe http(Fields fields) {
    String path = fields.requiredString("path");
    if (!path.isEmpty() && !path.startsWith("/")) {
      fields.error("path", "must begin with \"/\"");
    }
    String host = text(fields, "host");
    String method = fields.string("method");
    if (method != null && !METHODS.contains(method)) {
      fields.error("method", "\"" + method + "\" is not a method that a check can have");
    }
    Map<String, String> headers = fields.stringMap("headers");
    for (String name : headers.keySet()) {
      if (!Names.isHeader(name) || Names.isConnectionHeader(name) || Names.isAuthority(name)) {
        fields.error("headers", "\"" + name + "\" is not a header that can be set");
      }
    }
    return new HttpProbe(path, host, method == null ? "GET" : method, headers, statuses(fields));
  }

  private static List<Statuses> statuses(Fields fields) {
    List<String> written = fields.strings("expectedStatuses");
    List<Statuses> statuses = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      Matcher range = STATUSES.matcher(written.get(i));
      if (range.matches()) {
        int from = Integer.parseInt(range.group(1));
        int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
        if (from <= to) {
          statuses.add(new Statuses(from, to));
          continue;
        }
      }
      fields.error(
          "expectedStatuses[" + i + "]",
          "\""
              + written.get(i)
              + "\" is not a status such as \"200\" or a range such as \"200-299\"");
    }
    return statuses;
  }

  private static String text(Fields fields, String name) {
    String text = fields.string(name);
    return text == null ? "" : text;
  }
}
