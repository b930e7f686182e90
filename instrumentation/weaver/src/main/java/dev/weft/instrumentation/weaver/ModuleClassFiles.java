package dev.weft.instrumentation.weaver;

import java.io.IOException;
import java.io.InputStream;
import net.bytebuddy.dynamic.ClassFileLocator;

/** Finds the class files of a module's own classes, and of ByteBuddy's annotations on them. */
final class ModuleClassFiles implements ClassFileLocator {

  private final ClassLoader agentLoader;
  private final String modulePrefix;

  ModuleClassFiles(ClassLoader agentLoader, String modulePackage) {
    this.agentLoader = agentLoader;
    this.modulePrefix = modulePackage + '.';
  }

  @Override
  public Resolution locate(String name) throws IOException {
    if (!name.startsWith(modulePrefix)
        && !name.startsWith("dev.weft.")
        && !name.startsWith("net.bytebuddy.")) {
      return new Resolution.Illegal(name);
    }
    try (InputStream in = agentLoader.getResourceAsStream(name.replace('.', '/') + ".class")) {
      return in == null ? new Resolution.Illegal(name) : new Resolution.Explicit(in.readAllBytes());
    }
  }

  @Override
  public void close() {}
}
