package dev.weft.benchmarks;

import dev.weft.benchmarks.Budget.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How large the agent is to ship. */
final class AgentJar implements Measurement {

  private final Path agent;
  private double megabytes;

  AgentJar(Path agent) {
    this.agent = agent;
  }

  @Override
  public String title() {
    return "the agent's jar";
  }

  @Override
  public void measure(Effort effort) throws IOException {
    megabytes = Files.size(agent) / 1e6;
  }

  @Override
  public void report(Table table) {
    table.add(
        "agent jar",
        Unit.MEGABYTES.format(megabytes),
        null,
        megabytes,
        Budget.atMost(Unit.MEGABYTES, 12.0, 9.0));
  }
}
