package dev.weft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft status}: the mesh as its control server sees it. */
@Command(
    name = "status",
    description =
        "Prints workloads, clients and findings as the control server sees them."
            + " Exit code 1 if something was refused, 2 if it can't be asked.",
    mixinStandardHelpOptions = true)
final class Status implements Callable<Integer> {

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The control server's HTTP address. Default: ${DEFAULT-VALUE}.",
      defaultValue = "http://127.0.0.1:15014")
  private String server = "";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    int refused = print(Fetch.json(server + "/api/status"), out);
    out.flush();
    return refused == 0 ? 0 : 1;
  }

  /**
   * @return how much was refused
   */
  static int print(JsonNode status, PrintWriter out) {
    out.printf("%-32s %-18s %-6s %s%n", "WORKLOAD", "ADDRESS", "READY", "PORTS");
    for (JsonNode workload : status.path("workloads")) {
      out.printf(
          "%-32s %-18s %-6s %s%n",
          workload.path("namespace").asText() + "/" + workload.path("service").asText(),
          workload.path("address").asText(),
          workload.path("ready").asBoolean() ? "yes" : "no",
          ports(workload.path("ports")));
    }
    int refused = refusedWorkloads(status.path("refusedWorkloads"), out);
    out.printf("%n%-60s %s%n", "CLIENT", "CONFIGURATION");
    for (JsonNode client : status.path("clients")) {
      boolean synced = client.path("synced").asBoolean();
      refused += synced ? 0 : 1;
      out.printf(
          "%-60s %s%n",
          client.path("node").asText(),
          synced ? "in sync" : "not in sync: " + client.path("types"));
    }
    out.printf("%nFINDINGS%n");
    for (JsonNode finding : status.path("findings")) {
      boolean error = finding.path("severity").asText().equals("error");
      refused += error ? 1 : 0;
      out.printf(
          "%s %s:%d %s %s %s: %s%n",
          error ? "error  " : "warning",
          finding.path("file").asText(),
          finding.path("line").asInt(),
          finding.path("kind").asText(),
          finding.path("resource").asText(),
          finding.path("field").asText(),
          finding.path("reason").asText());
    }
    if (status.path("findings").isEmpty()) {
      out.println("none");
    }
    return refused;
  }

  private static int refusedWorkloads(JsonNode workloads, PrintWriter out) {
    if (!workloads.isEmpty()) {
      out.printf("%nREFUSED WORKLOADS%n");
    }
    for (JsonNode workload : workloads) {
      out.printf(
          "%s/%s at %s as %s: %s%n",
          workload.path("namespace").asText(),
          workload.path("serviceAccount").asText(),
          workload.path("address").asText(),
          workload.path("service").asText(),
          workload.path("reason").asText());
    }
    return workloads.size();
  }

  private static String ports(JsonNode ports) {
    List<String> shown = new ArrayList<>();
    for (JsonNode port : ports) {
      shown.add(
          port.path("number").asInt()
              + (port.path("guarded").asBoolean() ? " " : " UNGUARDED ")
              + port.path("by").asText());
    }
    return String.join(", ", shown);
  }
}
