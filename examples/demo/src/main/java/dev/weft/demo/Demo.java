package dev.weft.demo;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * {@code weft demo [--headless]}: runs the tour and stays up; headless, it ends, with exit code 0
 * only if every step was observed.
 */
public final class Demo {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Demo() {}

  /**
   * @param arguments the repository's root, and maybe {@code --headless}
   */
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]).toAbsolutePath().normalize();
    boolean headless = List.of(arguments).contains("--headless");
    Path directory = root.resolve("examples/demo/target/run-" + ProcessHandle.current().pid());
    OUT.println("Starting a control server and four plain Spring Boot JVMs with the agent …");
    long start = System.nanoTime();
    boolean observed;
    try (Shop shop = Shop.open(root, directory)) {
      OUT.printf("… in the mesh after %.1f s.%n%n", (System.nanoTime() - start) / 1e9);
      observed = run(new Tour(shop));
      if (!headless) {
        explore(shop, directory);
        new CountDownLatch(1).await();
      }
    }
    OUT.println(
        observed
            ? "\nEvery step was observed."
            : "\nNot every step was observed; logs: " + directory);
    System.exit(observed ? 0 : 1);
  }

  private static boolean run(Tour tour) {
    boolean observed = true;
    for (Step step : tour.steps()) {
      try {
        OUT.printf("  ✔ %-40s %s%n", step.name(), step.action().run());
      } catch (Exception e) {
        observed = false;
        OUT.printf("  ✘ %-40s %s%n", step.name(), e);
        if (e.getCause() != null) {
          OUT.println("      because of " + e.getCause());
        }
      }
    }
    return observed;
  }

  private static void explore(Shop shop, Path directory) {
    OUT.printf(
        """

        The shop stays up until you press Ctrl-C.
          call it            curl %s
                             curl -H 'canary: true' %s
          change its routes  $EDITOR %s
          the mesh           curl %s
          what an agent has  curl http://127.0.0.1:%d/config_dump
          metrics            curl %s
          logs               %s
        """,
        shop.storefront().url("/resttemplate"),
        shop.storefront().url("/httpclient"),
        shop.control().config().resolve("routing.yaml"),
        shop.control().url("/api/status"),
        shop.storefront().adminPort() + 1,
        shop.storefront().adminUrl("/stats/prometheus"),
        directory.resolve("logs"));
  }
}
