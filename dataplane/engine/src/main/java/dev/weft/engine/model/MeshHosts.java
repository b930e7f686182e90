package dev.weft.engine.model;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the mesh host that a caller's host name, alias or virtual address means. */
public final class MeshHosts {

  /** The host of {@link #OTHERS_LISTENER}. */
  public static final String OTHERS = "*";

  /** Which all hosts share that nobody declares, on all ports. */
  public static final String OTHERS_LISTENER = OTHERS + ":0";

  private final Map<String, MeshHost> byName;

  /** The longest prefix first. */
  private final List<Range> byRange;

  private final OtherHosts others;

  private MeshHosts(Map<String, MeshHost> byName, List<Range> byRange, OtherHosts others) {
    this.byName = byName;
    this.byRange = byRange;
    this.others = others;
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
    return found == null && !byRange.isEmpty() ? inRange(host) : found;
  }

  private @Nullable MeshHost inRange(String host) {
    InetAddress address = IpLiteral.parse(host);
    if (address != null) {
      for (Range range : byRange) {
        if (range.addresses.contains(address)) {
          return range.host;
        }
      }
    }
    return null;
  }

  /** What becomes of calls to all others. */
  public OtherHosts others() {
    return others;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String toString() {
    return byName + (byRange.isEmpty() ? "" : " " + byRange) + ", others " + others;
  }

  private record Range(AddressRange addresses, MeshHost host) {}

  /** Collects names; the first meaning of a name wins. */
  public static final class Builder {

    private final Map<String, MeshHost> byName = new HashMap<>();
    private final List<Range> byRange = new ArrayList<>();
    private OtherHosts others = OtherHosts.LEFT_ALONE;

    private Builder() {}

    /** Makes {@code name}, besides the host's own name and addresses, mean this host. */
    public Builder alias(String name, MeshHost host) {
      byName.putIfAbsent(name.toLowerCase(Locale.ROOT), host);
      return this;
    }

    public Builder host(MeshHost host) {
      alias(host.name(), host);
      for (String address : host.addresses()) {
        AddressRange range = AddressRange.parse(address);
        if (range == null) {
          alias(address, host);
        } else {
          byRange.add(new Range(range, host.at(address)));
        }
      }
      return this;
    }

    public Builder others(OtherHosts others) {
      this.others = others;
      return this;
    }

    public MeshHosts build() {
      List<Range> longestFirst = new ArrayList<>(byRange);
      longestFirst.sort(
          Comparator.comparingInt((Range range) -> range.addresses.prefixLength()).reversed());
      return new MeshHosts(Map.copyOf(byName), List.copyOf(longestFirst), others);
    }
  }
}
