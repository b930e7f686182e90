package dev.weft.differential;

import dev.weft.demo.process.TokenIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A file {@code NAME.yaml}: a first document with its calls, then resources, mostly Istio's. In
 * these, {@code $UPSTREAM} is the port that upstreams listen on, {@code $SECURE} the one where they
 * speak TLS, {@code $MESH} the one of the mesh's own TLS at 127.0.0.11, {@code $FILES} the
 * directory of {@link Certificates}, {@code $RATELIMIT} the port of the rate limit service at
 * 127.0.0.1, {@code $AUTHORIZER} the one of the authorizer by gRPC there, {@code $FULL} the one of
 * a {@link FullServer} at 127.0.0.12, and {@code $PORT} the one that inbound calls come to. Callers
 * and servers are workloads of the namespace NAME, with a service account of that name.
 *
 * <p>Anywhere, {@code $TOKEN(CLAIMS)} is a JSON Web Token of that JSON object; {@code $JWKS} is the
 * key set that it is verified by, and {@code $KEYS} a port of 127.0.0.1 where {@code /keys} is that
 * set.
 *
 * <p>Unless the file brings its own there is a service {@code NAME.test:80} with a subset for each
 * of its versions: v1 and v2 of one endpoint each, v3 at which nothing listens, and v4 without any.
 *
 * <p>A file without calls holds what all share: {@code mesh.yaml}, for a mesh has one MeshConfig.
 *
 * @param asked {@code asks}: each {@code host:port} that filters ask by themselves
 * @param finds {@code finds}: what the control server has to say of it, in part
 * @param lines {@code lines}: how many each side writes to the log that is compared
 * @param steps groups of calls that are under way together, or compared together
 * @param resources as YAML
 */
record Scenario(
    String name,
    boolean inbound,
    List<String> asked,
    List<String> finds,
    int lines,
    List<List<Call>> steps,
    String resources) {

  private static final String SEPARATOR = "\n---\n";

  private static final Pattern TOKEN = Pattern.compile("\\$TOKEN\\((.*?)\\)");

  private static final String SERVICE =
      """
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: NAME}
      spec:
        hosts: [NAME.test]
        location: MESH_INTERNAL
        resolution: STATIC
        ports: [{number: 80, name: http, protocol: HTTP, targetPort: $UPSTREAM}]
        endpoints:
          - {address: 127.0.0.11, labels: {version: v1}}
          - {address: 127.0.0.21, labels: {version: v2}}
          - {address: 127.0.0.31, labels: {version: v3}}
      """;

  private static final String SUBSETS =
      """
      apiVersion: networking.istio.io/v1
      kind: DestinationRule
      metadata: {name: NAME}
      spec:
        host: NAME.test
        subsets:
          - {name: v1, labels: {version: v1}}
          - {name: v2, labels: {version: v2}}
          - {name: v3, labels: {version: v3}}
          - {name: v4, labels: {version: v4}}
      """;

  static List<Scenario> readAll(Path directory, TokenIssuer tokens) throws IOException {
    List<Scenario> scenarios = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        scenarios.add(read(file, tokens));
      }
    }
    return scenarios;
  }

  private static Scenario read(Path file, TokenIssuer tokens) throws IOException {
    String name = file.getFileName().toString().replace(".yaml", "");
    String text =
        TOKEN
            .matcher(Files.readString(file))
            .replaceAll(token -> tokens.sign(token.group(1)))
            .replace("$JWKS", tokens.keySet().strip())
            .replace("$KEYS", Integer.toString(tokens.port()));
    int end = text.indexOf(SEPARATOR);
    String resources = text.substring(end + SEPARATOR.length());
    Map<String, Object> head =
        new Yaml(new SafeConstructor(new LoaderOptions())).load(text.substring(0, end));
    List<?> written = (List<?>) head.getOrDefault("calls", List.of());
    if (!written.isEmpty() && !resources.contains("kind: ServiceEntry")) {
      resources += SEPARATOR + SERVICE.replace("NAME", name);
    }
    if (resources.contains("[" + name + ".test]") && !resources.contains("kind: DestinationRule")) {
      resources += SEPARATOR + SUBSETS.replace("NAME", name);
    }
    boolean inbound = "inbound".equals(head.get("direction"));
    List<List<Call>> steps = new ArrayList<>();
    for (Object step : written) {
      if (step instanceof Map<?, ?> map && map.get("together") instanceof List<?> group) {
        steps.add(group.stream().flatMap(call -> read(call, name)).toList());
      } else {
        List<Call> calls = read(step, name).toList();
        if (calls.get(0).mixed()) {
          steps.add(calls);
        } else {
          calls.forEach(call -> steps.add(List.of(call)));
        }
      }
    }
    return new Scenario(
        name,
        inbound,
        texts(head, "asks"),
        texts(head, "finds"),
        Integer.parseInt(head.getOrDefault("lines", 0).toString()),
        steps,
        resources);
  }

  private static List<String> texts(Map<String, Object> head, String name) {
    return ((List<?>) head.getOrDefault(name, List.of())).stream().map(Object::toString).toList();
  }

  private static Stream<Call> read(Object call, String scenario) {
    return Call.read(call, scenario + ".test:80").stream();
  }

  String file() {
    return name + ".yaml";
  }

  /** Whether it is no scenario, but what all of them share. */
  boolean isShared() {
    return steps.isEmpty();
  }

  /** All {@code host:port} that are called. */
  List<String> destinations() {
    return steps.stream().flatMap(List::stream).map(Call::to).distinct().sorted().toList();
  }

  @Override
  public String toString() {
    return name;
  }
}
