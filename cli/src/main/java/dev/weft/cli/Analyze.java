package dev.weft.cli;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft analyze FILE|DIR…}: what the control server would say of these files. */
@Command(
    name = "analyze",
    description =
        "Prints what the control server would say of files or directories of YAML."
            + " Exit code 1 if one of them would be refused.",
    mixinStandardHelpOptions = true)
final class Analyze implements Callable<Integer> {

  @Parameters(arity = "1..*", paramLabel = "FILE|DIR")
  private List<Path> paths = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Configuration configuration = Configuration.EMPTY;
    boolean refused = false;
    for (Path file : files()) {
      ConfigurationFile parsed = ConfigurationFile.parse(file.toString(), Files.readString(file));
      refused |= parsed.refused();
      configuration = configuration.with(parsed);
    }
    MeshModel model = MeshModel.of(configuration.resources(), List.of(), MeshSettings.DEFAULT);
    configuration.findings().forEach(out::println);
    Analysis.of(model).forEach(out::println);
    out.printf(
        "%d files, %d resources: %s%n",
        configuration.paths().size(),
        configuration.resources().size(),
        refused ? "refused as said above" : "would be in force");
    out.flush();
    return refused ? 1 : 0;
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      try (Stream<Path> below = Files.walk(path)) {
        below
            .filter(Files::isRegularFile)
            .filter(file -> file.equals(path) || file.toString().matches(".*\\.ya?ml"))
            .sorted()
            .forEach(files::add);
      }
    }
    return files;
  }
}
