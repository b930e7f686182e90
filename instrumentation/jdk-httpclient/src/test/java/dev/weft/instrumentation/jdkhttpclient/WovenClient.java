package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import java.util.List;
import java.util.Objects;
import net.bytebuddy.agent.ByteBuddyAgent;

/** Weaves the module into this JVM's HttpClient, for real and once. */
final class WovenClient {

  private static final Weaver WEAVER = install();

  private WovenClient() {}

  /** Sees to it that it is woven by now. */
  static void weave() {
    Objects.requireNonNull(WEAVER);
  }

  /** How often advice has failed up to now. */
  static long failures() {
    return WEAVER.failures();
  }

  private static Weaver install() {
    try {
      return Weaver.install(
          ByteBuddyAgent.install(),
          WovenClient.class.getClassLoader(),
          Catalog.of(List.of(new JdkHttpClientInstrumentation())));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
