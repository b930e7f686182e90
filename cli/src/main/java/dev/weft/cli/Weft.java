package dev.weft.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParseResult;

/** See the launcher, {@code ./weft}. */
@Command(
    name = "weft",
    description = "Looks at a mesh, and at the configuration for one.",
    mixinStandardHelpOptions = true,
    version = "weft 0.1.0",
    subcommands = {Analyze.class, Config.class, Status.class})
public final class Weft {

  Weft() {}

  /** Exits with 1 when something was refused, 2 when nothing could be found out. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Weft()).setExecutionExceptionHandler(Weft::explain);
  }

  /** What the environment is to blame for needs a sentence; a defect needs its trace. */
  private static int explain(Exception e, CommandLine command, ParseResult result)
      throws Exception {
    if (e instanceof IOException || e instanceof UncheckedIOException) {
      command.getErr().println("weft " + command.getCommandName() + ": " + e.getMessage());
      return ExitCode.USAGE;
    }
    throw e;
  }
}
