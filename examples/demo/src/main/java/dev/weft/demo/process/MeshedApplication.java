package dev.weft.demo.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An ordinary application run with the agent and nothing else: what it is told is told by
 * environment variables.
 *
 * @param port the application's own
 * @param adminPort the agent's pages
 */
public record MeshedApplication(ChildProcess process, int port, int adminPort)
    implements AutoCloseable {

  private static final Duration START = Duration.ofMinutes(2);

  /** What to start, and as whom. */
  public static final class Builder {

    private final String name;
    private final Path jar;
    private final Path agent;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> arguments = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private List<String> program;
    private Path javaHome = Path.of(System.getProperty("java.home"));

    private Builder(String name, Path jar, Path agent) {
      this.name = name;
      this.jar = jar;
      this.agent = agent;
      this.program = List.of("-jar", jar.toString());
    }

    public Builder environment(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    public Builder argument(String argument) {
      arguments.add(argument);
      return this;
    }

    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    /** Starts this class, found in the jar and the given ones, and not what the jar would. */
    public Builder mainClass(String mainClass, Path... classPath) {
      String jars =
          Stream.concat(Stream.of(jar), Stream.of(classPath))
              .map(Path::toString)
              .collect(Collectors.joining(File.pathSeparator));
      program = List.of("-cp", jars, mainClass);
      return this;
    }

    public Builder javaHome(Path home) {
      javaHome = home;
      return this;
    }

    /**
     * @param identity {@code NAMESPACE/SERVICE_ACCOUNT}, with the token that proves it
     */
    public Builder joins(ControlServer control, String identity)
        throws IOException, InterruptedException {
      int slash = identity.indexOf('/');
      environment.put("WEFT_CONTROL", control.address());
      environment.put("WEFT_NAMESPACE", identity.substring(0, slash));
      environment.put("WEFT_SERVICE_ACCOUNT", identity.substring(slash + 1));
      environment.put("WEFT_TOKEN_FILE", control.token(identity).toString());
      return this;
    }

    /** Starts it without waiting. */
    public MeshedApplication start(Path logDirectory) throws IOException {
      if (!Files.exists(jar)) {
        throw new IOException(jar + " does not exist; build it first");
      }
      int port = Http.freePort();
      int adminPort = Http.freePort();
      Map<String, String> variables = new HashMap<>(environment);
      variables.putIfAbsent("WEFT_ADMIN_PORT", Integer.toString(adminPort));
      variables.put("SERVER_PORT", Integer.toString(port));
      variables.putIfAbsent("JAVA_TOOL_OPTIONS", "-javaagent:" + agent);
      return new MeshedApplication(
          JavaProcess.start(
              name, javaHome, jvmOptions, program, arguments, variables, logDirectory),
          port,
          adminPort);
    }
  }

  public static Builder builder(String name, Path jar, Path agent) {
    return new Builder(name, jar, agent);
  }

  public String url(String path) {
    return "http://127.0.0.1:" + port + path;
  }

  public String adminUrl(String path) {
    return "http://127.0.0.1:" + adminPort + path;
  }

  /** All that the agent decides by, as JSON. */
  public String configDump() throws IOException, InterruptedException {
    return Http.get("http://127.0.0.1:" + (adminPort + 1) + "/config_dump").body();
  }

  /** Waits until the agent says that the mesh serves this workload. */
  public void awaitReady() {
    try {
      Await.until(
          process.name() + " is in the mesh",
          START,
          () -> {
            process.requireAlive();
            return Http.get(adminUrl("/healthz/ready")).statusCode() == 200;
          });
    } catch (Await.Hopeless e) {
      throw e;
    } catch (IllegalStateException e) {
      throw new IllegalStateException(e.getMessage() + "\n" + process.tail(), e);
    }
  }

  /** The Prometheus lines of a metric that contain all of the given parts. */
  public List<String> metrics(String metric, String... parts)
      throws IOException, InterruptedException {
    return Http.get(adminUrl("/stats/prometheus"))
        .body()
        .lines()
        .filter(line -> line.startsWith(metric) && List.of(parts).stream().allMatch(line::contains))
        .toList();
  }

  @Override
  public void close() {
    process.close();
  }
}
