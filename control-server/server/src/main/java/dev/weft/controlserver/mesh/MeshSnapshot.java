package dev.weft.controlserver.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.protobuf.MessageLite;
import dev.weft.config.agent.AgentGenerator;
import dev.weft.config.agent.Chain;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.controlserver.xds.EncodedResource;
import dev.weft.controlserver.xds.ResourceSnapshot;
import dev.weft.controlserver.xds.ResourceType;
import dev.weft.controlserver.xds.XdsClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One model of the mesh as xDS resources. What was made for one client is kept for all others to
 * which the same rules apply.
 */
final class MeshSnapshot implements ResourceSnapshot {
  private static final String ALL = "*";
  private static final String INBOUND = "xds.istio.io/grpc/lds/inbound/";

  /** Clients may ask for any number of names that nobody has. */
  static final int MOST_ANSWERS_KEPT = 20_000;

  private record Question(ClientWorkload client, boolean chain, ResourceType type, String name) {}

  private final MeshModel model;
  private final AgentGenerator generator;
  private final Cache<Question, List<EncodedResource>> answers =
      CacheBuilder.newBuilder().maximumSize(MOST_ANSWERS_KEPT).build();

  MeshSnapshot(MeshModel model) {
    this.model = model;
    generator = new AgentGenerator(model);
  }

  /**
   * Makes one chain for nobody. The first one in a process loads Envoy's many classes; no call
   * should wait for that.
   *
   * @return whether there was one to make
   */
  boolean warmUp() {
    ClientWorkload nobody = new ClientWorkload("", "default", "", "", Map.of());
    return model.services().stream()
        .flatMap(
            service -> service.ports().stream().map(port -> service.host() + ":" + port.number()))
        .map(name -> generator.listenerChain(nobody, name).map(MeshSnapshot::encoded))
        .anyMatch(Optional::isPresent);
  }

  @Override
  public Collection<EncodedResource> named(XdsClient client, ResourceType type, String name) {
    boolean inbound = name.startsWith(INBOUND);
    boolean itself = inbound || name.equals(AgentGenerator.LOCAL_CLUSTER);
    Question question =
        new Question(
            itself ? workload(client) : caller(client),
            client.kind() == XdsClient.Kind.AGENT && type == ResourceType.LISTENER && !inbound,
            type,
            name);
    return kept(question);
  }

  /** Two threads may make the same answer at the same time, equal to the byte. */
  private List<EncodedResource> kept(Question question) {
    List<EncodedResource> answer = answers.getIfPresent(question);
    if (answer == null) {
      answer = answer(question);
      answers.put(question, answer);
    }
    return answer;
  }

  long answersKept() {
    return answers.size();
  }

  /** Only the name tables are for everybody; of the rest, a client gets what it names. */
  @Override
  public Collection<EncodedResource> all(XdsClient client, ResourceType type) {
    return type == ResourceType.NAME_TABLE
        ? kept(new Question(caller(client), false, type, ALL))
        : List.of();
  }

  private List<EncodedResource> answer(Question question) {
    ClientWorkload client = question.client;
    String name = question.name;
    return switch (question.type) {
      case NAME_TABLE ->
          tables(client).stream()
              .filter(table -> name.equals(ALL) || table.name().equals(name))
              .toList();
      case CLUSTER -> encoded(ResourceType.CLUSTER, name, generator.cluster(client, name));
      case ENDPOINTS -> encoded(ResourceType.ENDPOINTS, name, generator.assignment(client, name));
      case ROUTES -> encoded(ResourceType.ROUTES, name, generator.routes(client, name));
      case LISTENER -> {
        if (name.startsWith(INBOUND)) {
          yield encoded(ResourceType.LISTENER, name, generator.inbound(client, name));
        }
        Optional<Chain> chain = generator.listenerChain(client, name);
        yield question.chain
            ? chain.map(MeshSnapshot::encoded).orElse(List.of())
            : encoded(ResourceType.LISTENER, name, chain.map(Chain::listener));
      }
    };
  }

  private List<EncodedResource> tables(ClientWorkload client) {
    return generator.nameTables(client).stream()
        .map(
            table ->
                EncodedResource.of(
                    ResourceType.NAME_TABLE, table.namespace(), NameTables.message(table)))
        .toList();
  }

  private static List<EncodedResource> encoded(Chain chain) {
    List<EncodedResource> resources = new ArrayList<>();
    chain
        .clusters()
        .forEach(
            cluster ->
                resources.add(
                    EncodedResource.of(ResourceType.CLUSTER, cluster.getName(), cluster)));
    chain
        .assignments()
        .forEach(
            assignment ->
                resources.add(
                    EncodedResource.of(
                        ResourceType.ENDPOINTS, assignment.getClusterName(), assignment)));
    resources.add(
        EncodedResource.of(ResourceType.ROUTES, chain.routes().getName(), chain.routes()));
    resources.add(
        EncodedResource.of(ResourceType.LISTENER, chain.listener().getName(), chain.listener()));
    return List.copyOf(resources);
  }

  private static List<EncodedResource> encoded(
      ResourceType type, String name, Optional<? extends MessageLite> message) {
    return message.map(m -> List.of(EncodedResource.of(type, name, m))).orElse(List.of());
  }

  /** The client as the workload that policies for its inbound traffic select. */
  private static ClientWorkload workload(XdsClient client) {
    return new ClientWorkload(
        client.service(),
        client.namespace(),
        client.serviceAccount(),
        client.address(),
        client.labels(),
        client.resolvesNames());
  }

  /** The client as far as rules for its outbound traffic can tell it from others. */
  private static ClientWorkload caller(XdsClient client) {
    return new ClientWorkload(
        "", client.namespace(), "", "", workload(client).labels(), client.resolvesNames());
  }
}
