package dev.weft.engine.model;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the mesh host that a caller's host name, alias or virtual address means. */
public final class MeshHosts {

  private final Map<String, MeshHost> byName;

  private MeshHosts(Map<String, MeshHost> byName) {
    this.byName = byName;
  }

  /**
   * @return null if the host is not the mesh's at all
   */
  public @Nullable MeshHost find(String host) {
    MeshHost found = byName.get(host);
    if (found != null) {
      return found;
    }
    String lower = host.toLowerCase(Locale.ROOT);
    found = lower.equals(host) ? null : byName.get(lower);
    for (int dot = lower.indexOf('.');
        found == null && dot >= 0;
        dot = lower.indexOf('.', dot + 1)) {
      found = byName.get("*" + lower.substring(dot));
    }
    return found;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String toString() {
    return byName.toString();
  }

  /** Collects names; the first meaning of a name wins. */
  public static final class Builder {

    private final Map<String, MeshHost> byName = new HashMap<>();

    private Builder() {}

    /** Makes {@code name}, besides the host's own name and addresses, mean this host. */
    public Builder alias(String name, MeshHost host) {
      byName.putIfAbsent(name.toLowerCase(Locale.ROOT), host);
      return this;
    }

    public Builder host(MeshHost host) {
      alias(host.name(), host);
      host.addresses().forEach(address -> alias(address, host));
      return this;
    }

    public MeshHosts build() {
      return new MeshHosts(Map.copyOf(byName));
    }
  }
}
