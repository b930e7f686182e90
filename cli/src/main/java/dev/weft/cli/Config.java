package dev.weft.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weft config}: what a workload of this machine decides by. */
@Command(
    name = "config",
    description = "Prints what a workload on this machine decides by (its /config_dump).",
    mixinStandardHelpOptions = true)
final class Config implements Callable<Integer> {

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The workload's loopback admin port: WEFT_ADMIN_PORT plus one. Default: 15021.",
      defaultValue = "15021")
  private int port;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    out.print(Fetch.text("http://127.0.0.1:" + port + "/config_dump"));
    out.flush();
    return 0;
  }
}
