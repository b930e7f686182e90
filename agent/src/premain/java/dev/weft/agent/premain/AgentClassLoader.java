package dev.weft.agent.premain;

import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Collections;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Loads the agent from a directory of its jar that no other class loader looks into, beside the
 * JDK's classes and apart from the application's.
 *
 * <p>Class files are named {@code .classdata}, lest something that scans the class path takes them
 * for the application's.
 */
final class AgentClassLoader extends ClassLoader {

  private static final String DIRECTORY = "weft/";

  static {
    registerAsParallelCapable();
  }

  private final ZipFile jar;

  AgentClassLoader(File jar) throws IOException {
    super(platformLoader());
    this.jar = new ZipFile(jar);
  }

  /** Java 8, for which this is compiled, has no method for it. */
  private static ClassLoader platformLoader() {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    while (loader.getParent() != null) {
      loader = loader.getParent();
    }
    return loader;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    ZipEntry entry = entry(name.replace('.', '/') + ".class");
    if (entry == null) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = jar.getInputStream(entry)) {
      byte[] classFile = new byte[(int) entry.getSize()];
      new DataInputStream(in).readFully(classFile);
      return defineClass(name, classFile, 0, classFile.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    ZipEntry entry = entry(name);
    try {
      return entry == null ? getParent().getResourceAsStream(name) : jar.getInputStream(entry);
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected @Nullable URL findResource(String name) {
    ZipEntry entry = entry(name);
    try {
      // A handler of our own: nothing asks the application's URLStreamHandlerFactory.
      return entry == null ? null : new URL("weft", "", 0, '/' + name, new EntryHandler(entry));
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL found = findResource(name);
    return found == null
        ? Collections.<URL>emptyEnumeration()
        : Collections.enumeration(Collections.singleton(found));
  }

  private @Nullable ZipEntry entry(String name) {
    return jar.getEntry(DIRECTORY + (name.endsWith(".class") ? name + "data" : name));
  }

  private final class EntryHandler extends URLStreamHandler {

    private final ZipEntry entry;

    EntryHandler(ZipEntry entry) {
      this.entry = entry;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() throws IOException {
          return jar.getInputStream(entry);
        }
      };
    }
  }
}
