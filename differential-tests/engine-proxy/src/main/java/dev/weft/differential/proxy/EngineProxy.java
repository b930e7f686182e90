package dev.weft.differential.proxy;

import dev.weft.differential.http.HttpSocketServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Started with the control server's address, a file for the access log, the directory of {@link
 * Identities}, and a file that has a line for each port to listen on:
 *
 * <pre>{@code
 * outbound NAMESPACE ADDRESS PORT HOST:PORT-CALLED
 * inbound NAMESPACE ADDRESS PORT APPLICATIONS-ADDRESS:PORT
 * }</pre>
 *
 * There is one workload for each namespace. Prints {@code ready} when each has its configuration.
 */
public final class EngineProxy {

  private static final long GIVE_UP_NANOS = 30_000_000_000L;
  private static final int POLL_MILLIS = 20;

  private EngineProxy() {}

  public static void main(String[] arguments) throws Exception {
    Identities identities = new Identities(Path.of(arguments[2]));
    try (AccessLog log = AccessLog.to(Path.of(arguments[1]))) {
      Map<String, ProxiedWorkload> workloads = new LinkedHashMap<>();
      List<BooleanSupplier> ready = new ArrayList<>();
      for (String line : Files.readAllLines(Path.of(arguments[3]))) {
        String[] words = line.split(" ");
        ProxiedWorkload workload =
            workloads.computeIfAbsent(
                words[1],
                namespace ->
                    ProxiedWorkload.join(arguments[0], namespace, identities.of(namespace), log));
        ready.add(listen(workload, words[0], words[2], Integer.parseInt(words[3]), words[4]));
      }
      await(ready);
      System.out.println("ready");
      // Ends with whoever started it.
      while (System.in.read() >= 0) {}
    }
  }

  private static BooleanSupplier listen(
      ProxiedWorkload workload, String direction, String address, int port, String destination)
      throws IOException {
    if (direction.equals("inbound")) {
      HttpSocketServer.start(
          address,
          port,
          socket -> GuardedConnection.accept(workload.mesh(), socket),
          (head, body, connection) ->
              new InboundExchange(workload.mesh(), head, body, connection, destination).serve());
      workload.guard(address, port);
      return () -> workload.guards(port);
    }
    HttpSocketServer.start(
        address,
        port,
        (head, body, connection) ->
            new OutboundExchange(workload.mesh(), head, body, connection, destination).serve());
    workload.demand(destination);
    return () -> workload.knows(destination);
  }

  private static void await(List<BooleanSupplier> conditions) throws InterruptedException {
    long start = System.nanoTime();
    for (BooleanSupplier condition : conditions) {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() - start > GIVE_UP_NANOS) {
          throw new IllegalStateException("no configuration");
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }
}
