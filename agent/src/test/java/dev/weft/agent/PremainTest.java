package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the premain class decides, where a JVM to decide it on can't be had. */
class PremainTest {

  @ParameterizedTest
  @CsvSource({"1.8, false", "9, false", "11, false", "16, false", "17, true", "25, true"})
  void startsFromJava17On(String version, boolean supported) throws Exception {
    assertThat(call("isSupported", new Class<?>[] {String.class}, version)).isEqualTo(supported);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "java.base, java.base/sun.security.tools.keytool.Main -list, true",
        "jdk.jcmd, jdk.jcmd/sun.tools.jps.Jps, true",
        "jdk.compiler, jdk.compiler/com.sun.tools.javac.Main A.java, true",
        "-, sun.tools.jps.Jps, true",
        "-, jdk.jshell.execution.RemoteExecutionControl 36131, true",
        "jdk.compiler, jdk.compiler/com.sun.tools.javac.launcher.Main A.java, false",
        "-, org.example.Main, false",
        "org.example, org.example/org.example.Main, false",
        "-, /opt/app.jar --port 1, false",
        "-, -, false",
      })
  void tellsToolsOfTheJdkFromApplications(String module, String command, boolean tool)
      throws Exception {
    assertThat(call("isJdkTool", new Class<?>[] {String.class, String.class}, module, command))
        .isEqualTo(tool);
  }

  @Test
  void isCompiledForJava8() throws Exception {
    byte[] classFile =
        Files.readAllBytes(
            TestJars.TARGET.resolve("premain/dev/weft/agent/premain/WeftAgent.class"));

    assertThat(classFile[7]).isEqualTo((byte) 52);
  }

  private static Object call(String name, Class<?>[] types, Object... arguments) throws Exception {
    URL classes = TestJars.TARGET.resolve("premain/").toUri().toURL();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, null)) {
      Method method =
          loader.loadClass("dev.weft.agent.premain.WeftAgent").getDeclaredMethod(name, types);
      method.setAccessible(true);
      return method.invoke(null, arguments);
    }
  }
}
