package dev.weft.demo.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts JVMs. */
public final class JavaProcess {

  private JavaProcess() {}

  /**
   * @param javaHome whose {@code bin/java} runs it
   * @param jvmOptions before {@code -jar}
   * @param jar whose manifest names the main class
   * @param environment on top of this process's own, less what would leak an agent into the child
   */
  public static ChildProcess start(
      String name,
      Path javaHome,
      List<String> jvmOptions,
      Path jar,
      List<String> arguments,
      Map<String, String> environment,
      Path logDirectory)
      throws IOException {
    if (!Files.exists(jar)) {
      throw new IOException(jar + " does not exist; build it first");
    }
    List<String> program = List.of("-jar", jar.toString());
    return start(name, javaHome, jvmOptions, program, arguments, environment, logDirectory);
  }

  /**
   * @param program what {@code java} runs: {@code -jar} and a jar, or a main class with what it
   *     needs
   */
  static ChildProcess start(
      String name,
      Path javaHome,
      List<String> jvmOptions,
      List<String> program,
      List<String> arguments,
      Map<String, String> environment,
      Path logDirectory)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(jvmOptions);
    command.addAll(program);
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(environment);
    return ChildProcess.start(name, builder, logDirectory);
  }
}
