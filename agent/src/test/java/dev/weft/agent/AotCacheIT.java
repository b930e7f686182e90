package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The agent as it is shipped, beside the JDK's ahead-of-time cache. */
class AotCacheIT {

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("dev.weft.agent.Jvm#homes")
  void isTrainedAndUsedWithTheAgent(Path jdk) {
    assumeTrue(Jvm.version(jdk).feature() >= 25, () -> jdk + " has no -XX:AOTCacheOutput");
    Path application = TestJars.application(directory);
    Path cache = directory.resolve("app.aot");

    Jvm.Result trained = run(jdk, "-XX:AOTCacheOutput=" + cache, application);
    Jvm.Result used = run(jdk, "-XX:AOTCache=" + cache, application);

    assertThat(trained.status()).as(trained.output()).isZero();
    assertThat(cache).as(trained.output()).isNotEmptyFile();
    assertThat(used.status()).as(used.output()).isZero();
    assertThat(used.value("hello")).isEqualTo("world");
  }

  /** With the cache or not at all. */
  private static Jvm.Result run(Path jdk, String option, Path application) {
    Jvm jvm =
        new Jvm(jdk)
            .env("WEFT_ADMIN_PORT", "0")
            .with("-javaagent:" + TestJars.AGENT, option, "-cp", application.toString());
    if (option.startsWith("-XX:AOTCache=")) {
      jvm.with("-XX:AOTMode=on");
    }
    return jvm.run("app.Main", "hello");
  }
}
