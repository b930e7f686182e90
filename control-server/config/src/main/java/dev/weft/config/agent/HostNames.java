package dev.weft.config.agent;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.ClientWorkload;
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

  /**
   * A service, and its name as called: another one than its host if that is a wildcard, or its
   * ranges were called.
   */
  record Called(Service service, String host) {

    /** By which rules for it are found: addresses of its ranges have none of their own. */
    String name() {
      return InetAddresses.isInetAddress(host) ? service.host() : host;
    }
  }

  /** What a name or virtual address means to a caller. */
  Optional<Called> resolve(String name, ClientWorkload client) {
    MeshSettings settings = model.settings();
    Optional<Called> direct = called(name, client);
    if (direct.isPresent()) {
      return direct;
    }
    String suffix = ".svc." + settings.clusterDomain();
    String[] labels = name.split("\\.", -1);
    Optional<Called> alias =
        switch (labels.length) {
          case 1 -> called(settings.serviceHost(name, client.namespace()), client);
          case 2 -> called(name + suffix, client);
          case 3 ->
              labels[2].equals("svc")
                  ? called(name + "." + settings.clusterDomain(), client)
                  : Optional.empty();
          default -> Optional.empty();
        };
    return alias.isPresent()
        ? alias
        : model.calledAt(name, client).map(service -> new Called(service, at(name, service)));
  }

  /** An address of a range stands for itself where callers find the endpoints. */
  private static String at(String address, Service service) {
    return service.addresses().contains(address)
        ? service.host()
        : service.destinationHost(address);
  }

  private Optional<Called> called(String host, ClientWorkload client) {
    return model.called(host, client).map(service -> new Called(service, host));
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
