package dev.weft.config.agent;

import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.Service;
import java.util.List;
import java.util.Optional;

/** The names by which a service may be called. */
final class HostNames {

  private final MeshModel model;

  HostNames(MeshModel model) {
    this.model = model;
  }

  /** A service, and its name as called: another one than its host if that is a wildcard. */
  record Called(Service service, String host) {}

  /** What a name or virtual address means to a caller in {@code namespace}. */
  Optional<Called> resolve(String name, String namespace) {
    MeshSettings settings = model.settings();
    Optional<Called> direct = called(name, namespace);
    if (direct.isPresent()) {
      return direct;
    }
    String suffix = ".svc." + settings.clusterDomain();
    String[] labels = name.split("\\.", -1);
    Optional<Called> alias =
        switch (labels.length) {
          case 1 -> called(settings.serviceHost(name, namespace), namespace);
          case 2 -> called(name + suffix, namespace);
          case 3 ->
              labels[2].equals("svc")
                  ? called(name + "." + settings.clusterDomain(), namespace)
                  : Optional.empty();
          default -> Optional.empty();
        };
    return alias.isPresent()
        ? alias
        : model.serviceAt(name, namespace).map(service -> new Called(service, service.host()));
  }

  private Optional<Called> called(String host, String namespace) {
    return model.service(host, namespace).map(service -> new Called(service, host));
  }

  /** Short names for callers in the service's namespace. */
  List<String> localAliases(Service service) {
    return hasShortName(service) ? List.of(model.name(service)) : List.of();
  }

  /** Short names for callers anywhere. */
  List<String> aliases(Service service) {
    String alias = model.name(service) + "." + service.namespace();
    return hasShortName(service) ? List.of(alias, alias + ".svc") : List.of();
  }

  private boolean hasShortName(Service service) {
    return !model.name(service).equals(service.host());
  }
}
