package app;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Prints {@code key=value} lines for the test to read. */
@SuppressWarnings("SystemOut") // standard output is what the test reads
public final class Main {

  private static final long PATIENCE_NANOS = 25_000_000_000L;
  private static final long PAUSE_NANOS = 20_000_000;

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "greet" -> greet();
      case "visible" -> visible(arguments[1]);
      case "loaders" -> loaders();
      case "jdk" -> jdk();
      case "servers" -> servers();
      default -> print("hello", "world");
    }
  }

  private static void greet() {
    Greeter greeter = new Greeter("hello");
    print("greet", greeter.greet("you"));
    print("greetAll", greeter.greetAll(() -> print("ran", "once")));
    print("skipped", greeter.skipped());
    print("guarded", greeter.guarded());
    print("unlinked", outcome(greeter::unlinked));
    print("helpless", outcome(greeter::helpless));
    print("guardedCall", outcome(() -> greeter.guardedCall(() -> print("called", "yes"))));
    print("untouched", greeter.untouched());
    print("unexpected", new Unexpected().renamed());
  }

  private static String outcome(Supplier<String> method) {
    try {
      return method.get();
    } catch (SecurityException e) {
      return "refused";
    }
  }

  private static void visible(String names) {
    for (String name : names.split(",", -1)) {
      print(name, isVisible(name));
    }
    ClassLoader loader = Main.class.getClassLoader();
    print(
        "services",
        loader.getResource("META-INF/services/dev.weft.instrumentation.api.Instrumentation"));
    print("bytecode", loader.getResource("org/objectweb/asm/ClassReader.class"));
  }

  private static void servers() throws Exception {
    print("socket", Servers.socket());
    print("channel", Servers.channel());
    print("nonBlockingChannel", Servers.nonBlockingChannel());
    print("channelSocket", Servers.channelSocket());
    print("asynchronousChannel", Servers.asynchronousChannel());
  }

  private static boolean isVisible(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static void loaders() throws Exception {
    print("first", greetIn("a"));
    print("second", greetIn("b"));
    WeakReference<ClassLoader> dropped = greetAndDrop();
    until(
        () -> {
          System.gc();
          return dropped.get() == null;
        });
    print("collected", dropped.get() == null);
  }

  private static String greetIn(String name) throws Exception {
    try (URLClassLoader loader = newLoader()) {
      return greet(loader, name);
    }
  }

  private static WeakReference<ClassLoader> greetAndDrop() throws Exception {
    try (URLClassLoader loader = newLoader()) {
      greet(loader, "c");
      return new WeakReference<>(loader);
    }
  }

  private static URLClassLoader newLoader() throws Exception {
    URL self = new File(System.getProperty("java.class.path")).toURI().toURL();
    return new URLClassLoader(new URL[] {self}, ClassLoader.getPlatformClassLoader());
  }

  private static String greet(ClassLoader loader, String name) throws Exception {
    Object greeter =
        loader.loadClass("app.Greeter").getConstructor(String.class).newInstance("hello");
    return (String) greeter.getClass().getMethod("greet", String.class).invoke(greeter, name);
  }

  @SuppressWarnings("UnnecessaryAsync") // the map is there to be woven
  private static void jdk() throws Exception {
    Locale.getISOCountries();
    print("onPremainThread", System.getProperty("sample.countries"));
    ConcurrentHashMap<String, String> map = new ConcurrentHashMap<>();
    until(
        () -> {
          map.mappingCount();
          return System.getProperty("sample.mappingCount") != null;
        });
    print("inBackground", System.getProperty("sample.mappingCount"));
    until(
        () -> {
          ExecutorService executor = Executors.newSingleThreadExecutor();
          Runnable task = () -> {};
          executor.submit(task).get();
          executor.shutdown();
          return System.getProperty("sample.tasks") != null;
        });
    print("substituted", System.getProperty("sample.tasks"));
  }

  /** Tries until it's so, or for a time that only a broken agent takes. */
  private static void until(Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call() && System.nanoTime() - start < PATIENCE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static void print(String key, Object value) {
    System.out.println(key + '=' + value);
  }
}
