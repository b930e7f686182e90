package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.Advice;

/** In a class of the JDK that was loaded before the agent. */
final class CountriesAdvice {

  private CountriesAdvice() {}

  @Advice.OnMethodEnter
  static void enter() throws ReflectiveOperationException {
    // Of a package that java.base doesn't export.
    Class.forName("sun.nio.ch.Net").getDeclaredMethod("isIPv6Available").setAccessible(true);
    System.setProperty("sample.countries", "woven");
  }
}
