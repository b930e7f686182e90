package dev.weft.differential.proxy;

import dev.weft.differential.http.Connection;
import dev.weft.differential.http.Head;
import dev.weft.differential.http.HttpSocketServer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.OutboundCall;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.outbound.OutboundStep;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One request to a host of the mesh, carried as {@link OutboundCall} says. */
final class OutboundExchange implements OutboundRequest {

  private static final int BAD_GATEWAY = 502;
  private static final int UNAVAILABLE = 503;

  private final Mesh mesh;
  private final Head head;
  private final byte[] body;
  private final Connection client;
  private final String called;
  private final Map<Attempt, CarriedAttempt> carried = new ConcurrentHashMap<>();

  OutboundExchange(Mesh mesh, Head head, byte[] body, Connection client, String called) {
    this.mesh = mesh;
    this.head = head;
    this.body = body;
    this.client = client;
    this.called = called;
  }

  boolean serve() throws IOException {
    OutboundCall call = mesh.outbound(this);
    if (call == null) {
      return failed(BAD_GATEWAY, "not the mesh's");
    }
    while (true) {
      OutboundStep step = call.next();
      if (step instanceof OutboundStep.Send send) {
        CarriedAttempt attempt = new CarriedAttempt(send.attempt(), mesh.tls(), head, body);
        carried.put(send.attempt(), attempt);
        HttpSocketServer.threads().execute(attempt);
      } else if (step instanceof OutboundStep.Wait wait) {
        block(wait.until());
      } else if (step instanceof OutboundStep.Respond respond) {
        Exchange.respond(client, head, respond.answer());
        return true;
      } else if (step instanceof OutboundStep.Done done) {
        return done(done.winner(), done.responseHeaders());
      } else {
        return failed(BAD_GATEWAY, "the engine lets it pass");
      }
    }
  }

  private boolean done(@Nullable Attempt winner, HeaderEdits edits) throws IOException {
    CarriedAttempt attempt = winner == null ? null : carried.get(winner);
    if (attempt == null) {
      return false;
    }
    CarriedAttempt.Response response = attempt.response();
    if (response == null) {
      // A library would throw its own exception; a proxy can but answer.
      return attempt.hadHead() ? false : failed(UNAVAILABLE, "the library's own exception");
    }
    Exchange.relay(client, head, response.head(), edits, response.body());
    return true;
  }

  private boolean failed(int status, String reason) throws IOException {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    Exchange.respond(client, status, List.of(), text);
    return true;
  }

  private static void block(CompletionStage<?> stage) {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    stage.whenComplete((value, failure) -> over.complete(true));
    over.join();
  }

  @Override
  public String host() {
    return called.substring(0, called.lastIndexOf(':'));
  }

  @Override
  public int port() {
    return Integer.parseInt(called.substring(called.lastIndexOf(':') + 1));
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String authority() {
    return Objects.requireNonNullElse(head.field("host"), "");
  }

  @Override
  public String method() {
    return head.word(0);
  }

  @Override
  public String path() {
    return head.word(1);
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public @Nullable String header(String name) {
    return head.field(name);
  }

  @Override
  public List<Header> headers() {
    return head.fields().stream().map(f -> new Header(f.name(), f.value())).toList();
  }

  @Override
  public byte @Nullable [] body(int atMost) {
    return body.length > atMost ? null : body;
  }
}
