package dev.weft.instrumentation.tomcat;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Premain of a process under test: the weaver and a scripted mesh, apart from the application. */
public final class TestAgent {

  private TestAgent() {}

  /**
   * @param arguments a file that holds the agent's class path
   */
  public static void premain(String arguments, Instrumentation jvm) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : Files.readString(Path.of(arguments)).split(File.pathSeparator, -1)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    ClassLoader loader =
        new URLClassLoader(
            "weft-test-agent", urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    loader
        .loadClass("dev.weft.instrumentation.tomcat.ScriptedMesh")
        .getMethod("install", Instrumentation.class)
        .invoke(null, jvm);
  }
}
