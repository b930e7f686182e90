package dev.weft.engine.upstream;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.LoadBalancing.RingHash;
import dev.weft.engine.model.LoadBalancing.RoundRobin;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.upstream.HostSet.Locality;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes the pools of one cluster at one moment: applies its policy to some of its endpoints. */
final class Pools {

  private final LoadBalancing settings;
  private final Assignment assignment;
  private final Warming warming;
  private final long now;
  private final Supplier<AtomicInteger> positions;
  private final Supplier<? extends RandomGenerator> random;

  /**
   * @param positions of round robins: where to begin
   */
  Pools(
      LoadBalancing settings,
      Assignment assignment,
      Warming warming,
      long now,
      Supplier<AtomicInteger> positions,
      Supplier<? extends RandomGenerator> random) {
    this.settings = settings;
    this.assignment = assignment;
    this.warming = warming;
    this.now = now;
    this.positions = positions;
    this.random = random;
  }

  /**
   * @param fit whom of the priority to pick from
   * @param panic whoever they are: their localities don't matter
   * @param highest whether it is the priority for which zones matter, and these are its healthy
   *     endpoints
   * @return null if that is nobody
   */
  @Nullable Pool pool(HostSet priority, Predicate<Target> fit, boolean panic, boolean highest) {
    List<Locality> members = new ArrayList<>();
    for (Locality locality : priority.localities()) {
      members.add(
          new Locality(
              locality.name(),
              locality.weight(),
              locality.targets().stream().filter(fit).toList()));
    }
    Target[] all =
        members.stream().flatMap(locality -> locality.targets().stream()).toArray(Target[]::new);
    if (all.length == 0) {
      return null;
    }
    if (settings.policy() instanceof RingHash ring) {
      return hashing(all, members, shares -> new Ring(ring, shares));
    } else if (settings.policy() instanceof Maglev maglev) {
      return hashing(all, members, shares -> new MaglevTable(maglev, shares));
    }
    double unknown =
        settings.policy() instanceof ClientSideWeighted byLoad
            ? ReportedWeights.unknown(priority, byLoad, now)
            : 1;
    LoadBalancer local = null;
    if (!panic && settings.localityWeighted()) {
      local = byLocality(priority, members, unknown);
    } else if (!panic && highest) {
      local = byZone(all, members, unknown);
    }
    return new Pool(all, local == null ? flat(all, unknown) : local);
  }

  /**
   * First a locality, the workload's own as far as it can take its requests.
   *
   * @return null if zones don't matter
   */
  private @Nullable LoadBalancer byZone(Target[] all, List<Locality> members, double unknown) {
    ZoneAware zoneAware = settings.zoneAware();
    ZoneShares shares =
        zoneAware == null ? null : ZoneShares.of(zoneAware, settings.panicThreshold(), members);
    if (zoneAware == null || shares == null) {
      return null;
    }
    LoadBalancer[] zones = new LoadBalancer[members.size()];
    for (int i = 0; i < zones.length; i++) {
      Target[] there = members.get(i).targets().toArray(Target[]::new);
      zones[i] = flat(there.length == 0 ? all : there, unknown);
    }
    LoadBalancer byZone =
        (hash, attempt) -> zones[shares.locality(random.get())].pick(hash, attempt);
    if (zoneAware.percent() >= 100) {
      return byZone;
    }
    LoadBalancer anywhere = flat(all, unknown);
    return (hash, attempt) ->
        (random.get().nextInt(100) < zoneAware.percent() ? byZone : anywhere).pick(hash, attempt);
  }

  /**
   * @param unknown what those weigh who haven't reported their load
   */
  private LoadBalancer flat(Target[] targets, double unknown) {
    if (targets.length == 1) {
      Target only = targets[0];
      return (hash, attempt) -> only;
    }
    if (settings.policy() instanceof RoundRobin roundRobin) {
      return LoadBalancer.roundRobin(
          targets, warming.weights(targets, roundRobin.slowStart()), positions.get());
    } else if (settings.policy() instanceof ClientSideWeighted byLoad) {
      return LoadBalancer.roundRobin(
          targets, ReportedWeights.of(targets, unknown, byLoad, now), positions.get());
    } else if (settings.policy() instanceof LoadBalancing.LeastRequest leastRequest) {
      return LeastRequest.of(
          leastRequest, targets, warming.weights(targets, leastRequest.slowStart()), random);
    }
    return LoadBalancer.random(targets, random);
  }

  /**
   * First a locality, in turn by weight; less by as much as it lacks in health beyond what
   * overprovisioning makes up for.
   *
   * @return null if no locality has a weight
   */
  private @Nullable LoadBalancer byLocality(
      HostSet priority, List<Locality> members, double unknown) {
    List<LoadBalancer> balancers = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      Locality fit = members.get(i);
      if (fit.weight() > 0 && !fit.targets().isEmpty()) {
        double available =
            assignment.overprovisioning()
                / 100.0
                * fit.targets().size()
                / priority.localities().get(i).targets().size();
        weights.add(fit.weight() * Math.min(1, available));
        balancers.add(flat(fit.targets().toArray(Target[]::new), unknown));
      }
    }
    if (balancers.size() <= 1) {
      return balancers.isEmpty() ? null : balancers.get(0);
    }
    LoadBalancer[] byTurn = balancers.toArray(LoadBalancer[]::new);
    Turns turns =
        new Turns(weights.stream().mapToDouble(Double::doubleValue).toArray(), positions.get());
    return (hash, attempt) -> byTurn[turns.next()].pick(hash, attempt);
  }

  private interface Hashing {
    LoadBalancer of(HashShares shares);
  }

  private @Nullable Pool hashing(Target[] all, List<Locality> members, Hashing hashing) {
    long weights =
        settings.localityWeighted() ? members.stream().mapToLong(Locality::weight).sum() : 0;
    if (weights == 0) {
      return new Pool(all, hashing.of(HashShares.of(all, 1)));
    }
    List<HashShares> parts = new ArrayList<>();
    for (Locality locality : members) {
      if (locality.weight() > 0 && !locality.targets().isEmpty()) {
        parts.add(
            HashShares.of(
                locality.targets().toArray(Target[]::new), (double) locality.weight() / weights));
      }
    }
    if (parts.isEmpty()) {
      return null;
    }
    HashShares shares = HashShares.concat(parts);
    return new Pool(shares.targets, hashing.of(shares));
  }
}
