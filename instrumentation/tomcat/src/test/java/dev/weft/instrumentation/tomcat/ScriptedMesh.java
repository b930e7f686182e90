package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Answer;
import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Mesh;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.TraceContext;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.InboundStep;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.inbound.RequestBody;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.Timer;
import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.InputStreamReader;
import java.lang.instrument.Instrumentation;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A mesh that does as its test says: the mode and failures by lines on standard input, what becomes
 * of a request by its header {@code x-judge}. It tells of all it sees by lines on standard output
 * that begin with {@code event}.
 */
public final class ScriptedMesh implements Mesh, ListeningPorts {

  private final Instrumentation jvm;
  private final MeshTls tls;
  private volatile MutualTlsMode mode = MutualTlsMode.PERMISSIVE;
  private volatile boolean failing;

  private ScriptedMesh(Instrumentation jvm, MeshTls tls) {
    this.jvm = jvm;
    this.tls = tls;
  }

  public static void install(Instrumentation jvm) throws Exception {
    ScriptedMesh mesh =
        new ScriptedMesh(jvm, TestTls.ofMesh(Path.of(System.getProperty("weft.test.identity"))));
    Mesh.install(mesh);
    Supplier<String> context =
        () -> {
          RequestContext current = RequestContext.current();
          return current == null || current.trace() == null ? "none" : current.trace().traceId();
        };
    System.getProperties().put("weft.test.context", context);
    Weaver.install(
        jvm, ScriptedMesh.class.getClassLoader(), Catalog.of(List.of(new TomcatInstrumentation())));
    Thread commands = new Thread(mesh::obey, "commands");
    commands.setDaemon(true);
    commands.start();
  }

  private void obey() {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    lines
        .lines()
        .forEach(
            line -> {
              if (line.startsWith("mode ")) {
                mode = MutualTlsMode.valueOf(line.substring(5));
              } else if (line.startsWith("failing ")) {
                failing = Boolean.parseBoolean(line.substring(8));
              }
              tell("did " + line);
            });
    System.exit(0); // the test is gone
  }

  private static void tell(String event) {
    System.out.println("event " + event);
  }

  @Override
  public @Nullable OutboundCall outbound(OutboundRequest request) {
    return null;
  }

  @Override
  public InboundCall inbound(InboundRequest request) {
    return new ScriptedCall(request);
  }

  @Override
  public ListeningPorts listeningPorts() {
    return this;
  }

  @Override
  public MeshTls tls() {
    return tls;
  }

  @Override
  public Timer timer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void opened(InetSocketAddress local, String by) {}

  @Override
  public void closed(InetSocketAddress local) {}

  @Override
  public void beginBinding() {
    tell("binding");
  }

  @Override
  public void endBinding() {
    tell("bound");
  }

  @Override
  public void serving(InetSocketAddress local) {
    tell("serving " + local.getPort());
  }

  @Override
  public void guard(InetSocketAddress local, String by) {
    tell("guard " + local.getPort() + " " + by);
    boolean prepared =
        Stream.of(jvm.getAllLoadedClasses())
            .anyMatch(type -> type.getName().equals("dev.weft.instrumentation.tomcat.Trouble"));
    tell("guard can " + (prepared ? "" : "not ") + "say that it failed");
  }

  @Override
  public MutualTlsMode mode(int port) {
    if (failing) {
      throw new IllegalStateException("injected");
    }
    return mode;
  }

  @Override
  public boolean refusesUnguarded(InetSocketAddress local) {
    return false;
  }

  @Override
  public boolean isGuarded(InetSocketAddress local) {
    return false;
  }

  @Override
  public void admitted(int port, Closeable connection) {
    tell("admitted " + port + " " + (connection instanceof SocketChannel));
  }

  @Override
  public List<ListeningPort> all() {
    return List.of();
  }

  private static final class ScriptedCall implements InboundCall {

    private final InboundRequest request;
    private final String judge;
    private boolean waited;

    ScriptedCall(InboundRequest request) {
      this.request = request;
      String script = request.header("x-judge");
      this.judge = script == null ? "" : script;
      tell(
          String.join(
              " ",
              "inbound",
              request.method(),
              request.path(),
              request.authority(),
              request.protocol(),
              String.valueOf(request.peerId()),
              String.valueOf(request.remoteAddress().getPort()),
              String.valueOf(request.localAddress().getPort())));
    }

    @Override
    public InboundStep next() {
      switch (judge) {
        case "refuse" -> {
          return new InboundStep.Refuse(
              new Answer(
                  403,
                  List.of(new Header("x-policy", "none of yours")),
                  "RBAC: access denied",
                  ResponseFlag.NONE));
        }
        case "throw" -> throw new IllegalStateException("injected");
        case "wait" -> {
          if (!waited) {
            waited = true;
            return new InboundStep.Wait(
                CompletableFuture.runAsync(
                    () -> tell("waited"),
                    CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)));
          }
        }
        case "body" -> {
          if (!waited) {
            waited = true;
            return new InboundStep.Buffer(Long.parseLong(request.header("x-at-least")));
          }
        }
        case "edit" -> {
          return new InboundStep.Proceed(
              new HeaderEdits(
                  List.of("x-secret"), List.of(new Header("x-added", "one")), List.of()));
        }
        case "query" -> {
          return new InboundStep.Proceed(HeaderEdits.NONE, request.header("x-query"));
        }
        default -> {}
      }
      return new InboundStep.Proceed(PeerMetadata.REMOVAL);
    }

    @Override
    public void buffered(RequestBody body) {
      tell("buffered " + body.bytes().length + " " + body.whole());
    }

    @Override
    public RequestContext context() {
      return new RequestContext(
          new TraceContext("trace-of-" + request.path(), "0000000000000001", true, ""),
          Deadline.NONE);
    }

    @Override
    public HeaderEdits responded(int status, HeaderSource headers) {
      tell("responded " + request.path() + " " + status + " " + headers.header("content-type"));
      if (judge.equals("fail-telemetry")) {
        throw new IllegalStateException("injected");
      }
      return new HeaderEdits(List.of(), List.of(new Header("x-responded", "yes")), List.of());
    }

    @Override
    public void transferred(long received, long sent) {
      if (sent > 0 && request.path().equals("/echo")) {
        tell("transferred " + received + " " + sent);
      }
    }

    @Override
    public void completed() {
      tell("completed " + request.path());
    }

    @Override
    public void failed(Throwable cause) {
      tell("failed " + request.path() + " " + cause);
    }
  }
}
