package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Mesh;
import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import net.bytebuddy.agent.ByteBuddyAgent;

/** Weaves the module into this JVM's class, for real and once, on a mesh that tests script. */
final class WovenConnection {

  static final ScriptedMesh MESH = new ScriptedMesh();

  private static final Weaver WEAVER = weave();

  private static long meant;

  private WovenConnection() {}

  /** To a host that is the mesh's, if the path isn't a URL; it doesn't resolve. */
  static HttpURLConnection open(String path) throws IOException {
    String url = path.startsWith("http") ? path : "http://catalog:8080" + path;
    return (HttpURLConnection) URI.create(url).toURL().openConnection();
  }

  /** How often advice has failed up to now, but for what was meant. */
  static long failures() {
    return WEAVER.failures() - meant;
  }

  /** Those up to now were a test's own. */
  static void failuresWereMeant() {
    meant = WEAVER.failures();
  }

  /** Whether a thread is on its way through a method, for tests of what happens meanwhile. */
  static boolean isIn(Thread thread, String method) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals(method));
  }

  private static Weaver weave() {
    Mesh.install(MESH);
    try {
      return Weaver.install(
          ByteBuddyAgent.install(),
          WovenConnection.class.getClassLoader(),
          Catalog.of(List.of(new HttpUrlConnectionInstrumentation())));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
