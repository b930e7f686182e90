package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The packaged agent on an application that knows nothing of it, each time in a new JVM. */
class AgentIT {

  static Path agent;
  static Path application;

  @BeforeAll
  static void pack(@TempDir Path directory) {
    agent = TestJars.sampleAgent(directory);
    application = TestJars.application(directory);
  }

  static Stream<Path> jdks() {
    return Jvm.homes();
  }

  private static Jvm meshed(Path jdk) {
    return new Jvm(jdk).with("-javaagent:" + agent);
  }

  private static Jvm.Result runApp(Jvm jvm, String... arguments) {
    Jvm.Result result = jvm.with("-cp", application.toString(), "app.Main").run(arguments);
    assertThat(result.status()).as(result.output()).isZero();
    return result;
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void weavesAdviceIntoTheApplication(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "greet");

    assertThat(result.value("greet")).isEqualTo("hello you all, call 1");
    assertThat(result.value("skipped")).isEqualTo("skipped");
    assertThat(result.value("guarded")).isEqualTo("open and guarded");
    assertThat(result.value("ran")).isEqualTo("once|once");
    assertThat(result.value("untouched")).isEqualTo("untouched");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void keepsWhatAdviceThrowsFromTheApplicationAndSaysSo(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "greet");

    assertThat(result.output()).contains("[weft] WARNING").contains("thrown by advice");
    assertThat(result.value("someAdviceFailed")).isEqualTo("true");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void stillWorksWithAnExceptionInEveryAdvice(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk).with("-Dweft.test.advice.fail=true"), "greet");

    assertThat(result.value("greet")).isEqualTo("hello you");
    assertThat(result.value("skipped")).isEqualTo("not skipped");
    assertThat(result.value("guarded")).isEqualTo("closed");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aGuardThatCannotAnswerRefuses(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "greet");

    assertThat(result.value("unlinked")).isEqualTo("refused");
    assertThat(result.value("helpless")).isEqualTo("refused");
    assertThat(result.value("guardedCall")).isEqualTo("refused");
    assertThat(result.output()).doesNotContain("called=");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void staysOutOfALibraryThatIsNotAsExpectedAndSaysSoOnce(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "greet");

    assertThat(result.value("unexpected")).isEqualTo("as it was");
    assertThat(result.output()).containsOnlyOnce("sample-unexpected stays out");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void isInvisibleToTheApplication(Path jdk) {
    String hidden =
        "dev.weft.agent.Agent,dev.weft.instrumentation.api.Instrumentation,"
            + "dev.weft.instrumentation.sample.SampleInstrumentation,org.objectweb.asm.ClassReader";

    Jvm.Result result = runApp(meshed(jdk), "visible", hidden);

    assertThat(hidden.split(",")).allMatch(name -> result.value(name).equals("false"));
    assertThat(result.value("services")).isEqualTo("null");
    assertThat(result.value("bytecode")).isEqualTo("null");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void givesEachClassLoaderAModuleOfItsOwnAndLetsGoOfIt(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "loaders");

    assertThat(result.value("first")).isEqualTo("hello a all, call 1");
    assertThat(result.value("second")).isEqualTo("hello b all, call 1");
    assertThat(result.value("collected")).isEqualTo("true");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void weavesClassesThatWereLoadedBefore(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "jdk");

    assertThat(result.value("onPremainThread")).isEqualTo("woven");
    assertThat(result.value("inBackground")).isEqualTo("woven");
    assertThat(result.value("substituted")).isEqualTo("woven");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void isSwitchedOffAsAWholeAndByModule(Path jdk) {
    Jvm.Result off = runApp(meshed(jdk).env("WEFT_ENABLED", "false"), "greet");
    Jvm.Result moduleOff =
        runApp(meshed(jdk).env("WEFT_INSTRUMENTATION_SAMPLE_APP_ENABLED", "false"), "greet");
    Jvm.Result byProperty = runApp(meshed(jdk).with("-Dweft.enabled=false"), "greet");

    assertThat(off.value("greet")).isEqualTo("hello you");
    assertThat(off.output()).doesNotContain("weft", "workload");
    assertThat(moduleOff.value("greet")).isEqualTo("hello you");
    assertThat(byProperty.value("greet")).isEqualTo("hello you");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void settingsThatMakeNoSenseAreReportedAndReplaced(Path jdk) {
    Jvm.Result result =
        runApp(
            meshed(jdk)
                .env("WEFT_LOG_LEVEL", "loud")
                .env("WEFT_INSTRUMENTATION_SAMPLE_APP_ENABLED", "nope")
                .env("WEFT_INSTRUMENTATION_SAMPEL_APP_ENABLED", "false"),
            "greet");

    assertThat(result.value("greet")).isEqualTo("hello you all, call 1");
    assertThat(result.output())
        .containsOnlyOnce("WEFT_LOG_LEVEL=loud: expected off, error, warn")
        .containsOnlyOnce(
            "WEFT_INSTRUMENTATION_SAMPLE_APP_ENABLED=nope: expected true or false; using true")
        .containsOnlyOnce("WEFT_INSTRUMENTATION_SAMPEL_APP_ENABLED switches no module");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void startsTheWorkloadAndStopsIt(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "jdk");

    assertThat(result.value("workload")).isEqualTo("started|drained|closed");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void doesNothingOnToolsOfTheJdk(Path jdk) {
    Map<String, String> harmless =
        Map.of("keytool", "-help", "jps", "-q", "jcmd", "-h", "javac", "--help", "jar", "--help");
    harmless.forEach(
        (tool, argument) -> {
          if (Files.exists(jdk.resolve("bin").resolve(tool))) { // a JRE has not all of them
            Jvm.Result result =
                new Jvm(jdk)
                    .env("JAVA_TOOL_OPTIONS", "-javaagent:" + agent)
                    .runTool(tool, argument);

            assertThat(result.status()).as(tool + result.output()).isZero();
            assertThat(result.output()).doesNotContain("workload", "[weft]");
          }
        });
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void startsOnceWhenNamedTwice(Path jdk) {
    Jvm.Result result =
        runApp(meshed(jdk).with("-javaagent:" + agent, "-javaagent:" + TestJars.AGENT), "greet");

    assertThat(result.value("greet")).isEqualTo("hello you all, call 1");
    assertThat(result.output()).contains("more than once");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void keepsClassDataSharing(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk).with("-Xshare:on"), "greet");

    assertThat(result.value("greet")).isEqualTo("hello you all, call 1");
    assertThat(result.output()).doesNotContain("haring");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void leavesToTheApplicationWhatItMayWantToBeTheFirstToTouch(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk).with("-Xlog:class+load"), "hello");

    assertThat(result.output().lines().filter(line -> line.contains("source:")))
        .isNotEmpty()
        .noneMatch(line -> line.contains("java.util.logging."))
        .noneMatch(line -> line.contains("javax.management."))
        .noneMatch(line -> line.contains("java.util.concurrent.ForkJoinPool "));
  }

  private static final String[] SERVERS = {
    "socket", "channel", "nonBlockingChannel", "channelSocket", "asynchronousChannel"
  };

  @ParameterizedTest
  @MethodSource("jdks")
  void reportsListeningSocketsAndWhoListens(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk), "servers");

    assertThat(SERVERS).allMatch(server -> result.value(server).equals("answered"));
    assertThat(result.value("opened").split("\\|"))
        .hasSize(SERVERS.length)
        .containsOnly("app.Servers");
    assertThat(result.value("admitted").split("\\|"))
        .containsOnly("Socket", "SocketChannelImpl", "UnixAsynchronousSocketChannelImpl");
    assertThat(result.value("closed").split("\\|")).hasSize(SERVERS.length).containsOnly("true");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void closesWhatArrivesUnguardedUnderStrict(Path jdk) {
    Jvm.Result result = runApp(meshed(jdk).with("-Dsample.strict=true"), "servers");

    assertThat(SERVERS).allMatch(server -> result.value(server).equals("closed"));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void judgesConnectionsEvenWhenAdviceFails(Path jdk) {
    Jvm.Result open = runApp(meshed(jdk).with("-Dweft.test.advice.fail=true"), "servers");
    Jvm.Result strict =
        runApp(meshed(jdk).with("-Dweft.test.advice.fail=true", "-Dsample.strict=true"), "servers");

    assertThat(SERVERS).allMatch(server -> open.value(server).equals("answered"));
    assertThat(SERVERS).allMatch(server -> strict.value(server).equals("closed"));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void anAgentThatCannotStartLeavesNoApplicationOpenThatIsToBeStrict(
      Path jdk, @TempDir Path directory) {
    Path broken = TestJars.withoutCatalog(agent, directory);
    Jvm.Result open = runApp(new Jvm(jdk).with("-javaagent:" + broken), "servers");
    Jvm.Result strict =
        new Jvm(jdk)
            .with("-javaagent:" + broken, "-cp", application.toString(), "app.Main")
            .env("WEFT_INBOUND_INITIAL", "strict")
            .run("servers");

    assertThat(open.output()).contains("[weft] not started");
    assertThat(SERVERS).allMatch(server -> open.value(server).equals("answered"));
    assertThat(strict.status()).isEqualTo(1);
    assertThat(strict.output()).contains("WEFT_INBOUND_INITIAL").doesNotContain("socket=");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void leavesTheApplicationUnmeshedWhenTheWorkloadDoesNotStart(Path jdk) {
    Jvm.Result open = runApp(meshed(jdk).with("-Dsample.workload.fail=true"), "servers");
    Jvm.Result strict =
        runApp(
            meshed(jdk).with("-Dsample.workload.fail=true").env("WEFT_INBOUND_INITIAL", "strict"),
            "servers");

    assertThat(SERVERS).allMatch(server -> open.value(server).equals("answered"));
    assertThat(open.output()).contains("the application is not in the mesh");
    assertThat(SERVERS).allMatch(server -> strict.value(server).equals("closed"));
  }
}
