package dev.weft.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** See the launcher, {@code ./weft}. */
@Command(
    name = "weft",
    description = "Looks at a mesh, and at the configuration for one.",
    mixinStandardHelpOptions = true,
    version = "weft 0.1.0",
    subcommands = {Analyze.class, Config.class, Status.class})
public final class Weft {

  Weft() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Weft()).execute(arguments));
  }
}
