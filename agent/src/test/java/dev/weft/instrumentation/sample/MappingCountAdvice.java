package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.Advice;

/** In a class of {@code java.util.concurrent}. */
final class MappingCountAdvice {

  private MappingCountAdvice() {}

  @Advice.OnMethodEnter
  static void enter() {
    System.setProperty("sample.mappingCount", "woven");
  }
}
