package dev.weft.cli;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.source.Origin;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            + " Exit code 1 if one of them would be refused, 2 if there are none.",
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
      ConfigurationFile parsed = read(file);
      refused |= parsed.refused();
      configuration = configuration.with(parsed);
    }
    // As for a server that starts with them: of two that define the same, the first by name.
    configuration = configuration.heldBefore(Map.of());
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

  private static ConfigurationFile read(Path file) throws IOException {
    String name = file.toString();
    try {
      return ConfigurationFile.parse(name, Files.readString(file));
    } catch (CharacterCodingException e) {
      return ConfigurationFile.unreadable(
          name, new Origin(name, 0, 1), "the file is not UTF-8 text");
    }
  }

  /** At least one. */
  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new IOException("no such file or directory: " + path);
      }
      try (Stream<Path> below = Files.walk(path)) {
        below
            .filter(Files::isRegularFile)
            .filter(file -> file.equals(path) || file.toString().matches(".*\\.ya?ml"))
            .sorted()
            .forEach(files::add);
      }
    }
    if (files.isEmpty()) {
      throw new IOException("no YAML files in " + paths);
    }
    return files;
  }
}
