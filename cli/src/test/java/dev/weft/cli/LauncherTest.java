package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weft} in a directory of its own, with a Maven and a Java that only write down. */
class LauncherTest {

  /** Makes each module's jar; two at a time, or one told to fail, are errors. */
  private static final String MAVEN =
      """
      #!/usr/bin/env bash
      echo "$@" >> "$PWD/builds"
      [ ! -f fails ] || exit 1
      mkdir "$PWD/building" || exit 1
      sleep 0.3
      for jar in control-server/server/target/weft-control-server.jar \\
          agent/target/weft-agent.jar cli/target/weft-cli.jar; do
        case "$*" in *"${jar%%/target/*}"*) mkdir -p "${jar%/*}" && touch "$jar" ;; esac
      done
      rmdir "$PWD/building"
      """;

  /** Says which jar it is to run, and with what. */
  private static final String JAVA =
      """
      #!/usr/bin/env bash
      while [ "$1" != -jar ]; do shift; done
      echo java "${@:2}"
      """;

  @TempDir private Path home;

  private Path root;

  @BeforeEach
  void aFreshClone() throws IOException {
    root = home.resolve("src/weft");
    executable("weft", Files.readString(Path.of("../weft")));
    executable("bin/mvn", MAVEN);
    executable("bin/java", JAVA);
    Files.createDirectories(root.resolve("cli/src/main/java"));
    Files.writeString(root.resolve("cli/src/main/java/A.java"), "class A {}");
  }

  @Test
  void commandsAtTheSameTimeBuildOneAfterTheOther() throws Exception {
    List<Process> commands = new ArrayList<>();
    for (List<String> command :
        List.of(List.of("control"), List.of("token", "shop/a"), List.of("status"))) {
      commands.add(start(command));
    }
    for (Process command : commands) {
      assertThat(output(command)).contains("java " + root);
    }
  }

  @Test
  void whatOneCommandBuiltTheNextOnesFind() throws Exception {
    run("control", "--config", "x");
    run("token", "shop/a");
    run("status");
    run("control", "--config", "x");

    assertThat(builds()).hasSize(1);
  }

  @Test
  void aJarThatIsGoneOrOlderThanASourceIsBuiltAgain() throws Exception {
    run("status");
    Files.delete(root.resolve("cli/target/weft-cli.jar"));
    run("status");
    assertThat(builds()).hasSize(2);

    Files.writeString(root.resolve("cli/src/main/java/B.java"), "class B {}");
    run("status");
    assertThat(builds()).hasSize(3);
  }

  @Test
  void aBuildThatFailedIsTriedAgain() throws Exception {
    Files.writeString(root.resolve("fails"), "");
    assertThat(run("status")).contains("The build failed").doesNotContain("java " + root);

    Files.delete(root.resolve("fails"));
    assertThat(run("status")).contains("java " + root);
  }

  @Test
  void helpWaitsForNoBuild() throws Exception {
    assertThat(run("control", "--help")).contains("./weft control --config DIR");
    assertThat(run("token", "-h")).contains("./weft token NAMESPACE/SERVICE_ACCOUNT");
    assertThat(run("status", "--help")).contains("./weft status");
    assertThat(builds()).isEmpty();
  }

  private List<String> builds() throws IOException {
    Path log = root.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  private String run(String... arguments) throws Exception {
    return output(start(List.of(arguments)));
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(root.resolve("weft").toString()));
    command.addAll(arguments);
    ProcessBuilder process =
        new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
    process.environment().remove("JAVA_HOME");
    process.environment().merge("PATH", root.resolve("bin") + ":", (path, bin) -> bin + path);
    return process.start();
  }

  private static String output(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return output;
  }

  private void executable(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }
}
