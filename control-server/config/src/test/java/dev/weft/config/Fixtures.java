package dev.weft.config;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.RegisteredWorkload;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Meshes to test with. */
public final class Fixtures {

  private Fixtures() {}

  /** A file of this package's test resources. */
  public static Configuration file(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException(name);
      }
      return yaml(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A configuration of one file. */
  public static Configuration yaml(String path, String text) {
    return Configuration.EMPTY.with(ConfigurationFile.parse(path, text));
  }

  /** A model of one file's text, which must not be refused. */
  public static MeshModel model(String text, RegisteredWorkload... workloads) {
    Configuration configuration = yaml("test.yaml", text);
    if (configuration.file("test.yaml").orElseThrow().refused()) {
      throw new IllegalArgumentException(configuration.findings().toString());
    }
    return MeshModel.of(configuration.resources(), List.of(workloads), MeshSettings.DEFAULT);
  }

  /**
   * A ready workload of namespace shop with one guarded port; its account is its service's name.
   */
  public static RegisteredWorkload workload(
      String service, String version, String address, int port) {
    return new RegisteredWorkload(
        service + "-" + version + "-" + address,
        service,
        "shop",
        service,
        address,
        Map.of("version", version),
        List.of(new ListeningPort(port, true, "tomcat")),
        true);
  }

  /** As {@link #workload}, but with an account of its own choice and labels. */
  public static RegisteredWorkload workload(
      String service, String account, String address, Map<String, String> labels) {
    return new RegisteredWorkload(
        service + "-" + account + "-" + address,
        service,
        "shop",
        account,
        address,
        labels,
        List.of(new ListeningPort(8080, true, "tomcat")),
        true);
  }

  /** A client of namespace shop. */
  public static ClientWorkload client(String service) {
    return client(service, "shop");
  }

  /** A client. */
  public static ClientWorkload client(String service, String namespace) {
    return new ClientWorkload(service, namespace, service, "127.0.0.9", Map.of());
  }
}
