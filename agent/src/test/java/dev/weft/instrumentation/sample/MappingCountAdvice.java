package dev.weft.instrumentation.sample;

import net.bytebuddy.asm.Advice;

/** In a class of {@code java.util.concurrent}. */
final class MappingCountAdvice {

  private MappingCountAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void enter() {
    System.setProperty("sample.mappingCount", "woven");
  }
}
