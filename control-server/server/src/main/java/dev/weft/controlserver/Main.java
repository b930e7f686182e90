package dev.weft.controlserver;

import com.google.common.net.InetAddresses;
import com.google.common.net.InternetDomainName;
import com.google.common.primitives.Ints;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.identity.SignedTokens;
import dev.weft.controlserver.state.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command line of the control server. */
@Command(
    name = "weft-control-server",
    description = "Feeds the mesh: configuration, identities, registration, status.",
    mixinStandardHelpOptions = true,
    subcommands = Main.Token.class)
public final class Main implements Callable<Integer> {
  private static final String STATE = "${env:WEFT_STATE:-.weft}";

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "DIR",
      description = "Directory of YAML files, watched with all that is below it.")
  private @Nullable Path config;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      defaultValue = STATE,
      description =
          "Where keys are kept. Default: $WEFT_STATE, else .weft in the current directory.")
  private Path state = Path.of(".weft");

  @Option(
      names = "--trust-domain",
      paramLabel = "DOMAIN",
      defaultValue = "cluster.local",
      description = "SPIFFE trust domain. Default: ${DEFAULT-VALUE}.")
  private String trustDomain = "";

  @Option(
      names = "--certificate-life",
      paramLabel = "DURATION",
      defaultValue = "24h",
      description =
          "Longest life of certificates, and that of those whose request names none."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration certificateLife = Duration.ZERO;

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      converter = PortConverter.class,
      defaultValue = "15010",
      description = "gRPC in plaintext, loopback only; 0: any free one. Default: ${DEFAULT-VALUE}.")
  private int grpcPort;

  @Option(
      names = "--tls-port",
      paramLabel = "PORT",
      converter = PortConverter.class,
      defaultValue = "15012",
      description = "gRPC over TLS; 0: any free one. Default: ${DEFAULT-VALUE}.")
  private int tlsPort;

  @Option(
      names = "--tls-name",
      paramLabel = "NAME",
      converter = TlsNameConverter.class,
      description =
          "Host name or IP address by which clients reach the TLS port, for its certificate;"
              + " may be repeated. Always there: localhost, weft-control-server, 127.0.0.1, ::1.")
  private List<String> tlsNames = new ArrayList<>();

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      converter = PortConverter.class,
      defaultValue = "15014",
      description =
          "Status and metrics, loopback only; 0: any free one. Default: ${DEFAULT-VALUE}.")
  private int httpPort;

  /** Exits with 2 when the command line is wrong, 1 when the server can't run. */
  public static void main(String[] args) {
    int exit =
        new CommandLine(new Main())
            .setCommandName(name(args))
            .registerConverter(Duration.class, new DurationConverter())
            .setExecutionExceptionHandler(Main::explain)
            .execute(args);
    if (exit != 0) {
      System.exit(exit);
    }
  }

  /** What the user has called, which is the launcher if that says so. */
  private static String name(String[] args) {
    String launcher = System.getProperty("weft.launcher");
    if (launcher == null) {
      return "weft-control-server";
    }
    return args.length > 0 && args[0].equals("token") ? launcher : launcher + " control";
  }

  /** What the environment is to blame for needs a sentence; a defect needs its trace. */
  private static int explain(Exception e, CommandLine command, ParseResult result)
      throws Exception {
    if (e instanceof IOException
        || e instanceof UncheckedIOException
        || e instanceof IllegalArgumentException) {
      command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + e.getMessage());
      return command.getCommandSpec().exitCodeOnExecutionException();
    }
    throw e;
  }

  /** Starts the server and leaves it running; a signal stops it. */
  @Override
  public Integer call() throws IOException {
    if (config == null) {
      throw new ParameterException(commandLine(), "Missing required option: '--config=DIR'");
    }
    ControlServer server =
        ControlServer.start(
            new ServerOptions(
                config, state, trustDomain, certificateLife, grpcPort, tlsPort, tlsNames, httpPort),
            Clock.systemUTC());
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "weft-shutdown"));
    System.out.println(
        "weft-control-server ready: grpc=%s tls=%s http=%s"
            .formatted(server.grpcAddress(), server.tlsAddress(), server.httpAddress()));
    return 0;
  }

  private CommandLine commandLine() {
    return spec == null ? new CommandLine(this) : spec.commandLine();
  }

  /** {@code token}: proves an identity to this control server. */
  @Command(
      name = "token",
      description = "Prints a token for WEFT_TOKEN_FILE that proves an identity to this server.",
      mixinStandardHelpOptions = true)
  static final class Token implements Callable<Integer> {
    @Parameters(paramLabel = "NAMESPACE/SERVICE_ACCOUNT", converter = IdentityConverter.class)
    private @Nullable Identity identity;

    @Option(
        names = "--state",
        paramLabel = "DIR",
        defaultValue = STATE,
        description = "The server's --state. Default: $WEFT_STATE, else .weft.")
    private Path state = Path.of(".weft");

    @Option(
        names = "--valid",
        paramLabel = "DURATION",
        defaultValue = "24h",
        description = "For how long the token proves anything. Default: ${DEFAULT-VALUE}.")
    private Duration valid = Duration.ZERO;

    @Override
    public Integer call() {
      if (identity == null) {
        throw new IllegalStateException("picocli sets required parameters");
      }
      System.out.println(
          SignedTokens.in(new StateDirectory(state), Clock.systemUTC()).mint(identity, valid));
      return 0;
    }
  }

  static final class PortConverter implements CommandLine.ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      Integer port = Ints.tryParse(text);
      if (port == null || port < 0 || port > 65_535) {
        throw new CommandLine.TypeConversionException("\"" + text + "\" is not a port, 0 to 65535");
      }
      return port;
    }
  }

  static final class TlsNameConverter implements CommandLine.ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!InetAddresses.isInetAddress(text)
          && !InternetDomainName.isValid(text.startsWith("*.") ? text.substring(2) : text)) {
        throw new CommandLine.TypeConversionException(
            "neither a host name nor an IP address: \"" + text + "\"");
      }
      return text;
    }
  }

  static final class IdentityConverter implements CommandLine.ITypeConverter<Identity> {
    @Override
    public Identity convert(String text) {
      try {
        return Identity.parse(text);
      } catch (IllegalArgumentException e) {
        throw new CommandLine.TypeConversionException(e.getMessage());
      }
    }
  }
}
