package dev.weft.differential.proxy;

import dev.weft.differential.http.Field;
import dev.weft.differential.http.Head;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.InboundCall;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.InboundStep;
import dev.weft.engine.inbound.RequestBody;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One request that came in: judged, and handed to the application if it may have it. */
final class InboundExchange implements InboundRequest {

  private final Mesh mesh;
  private final Head head;
  private final byte[] body;
  private final GuardedConnection client;
  private final String application;

  InboundExchange(Mesh mesh, Head head, byte[] body, GuardedConnection client, String application) {
    this.mesh = mesh;
    this.head = head;
    this.body = body;
    this.client = client;
    this.application = application;
  }

  boolean serve() throws IOException {
    InboundCall call = mesh.inbound(this);
    while (true) {
      InboundStep step = call.next();
      if (step instanceof InboundStep.Wait wait) {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        wait.until().whenComplete((value, failure) -> over.complete(true));
        over.join();
      } else if (step instanceof InboundStep.Buffer) {
        call.buffered(new RequestBody(body, true));
      } else if (step instanceof InboundStep.Refuse refuse) {
        Exchange.respond(client, head, refuse.answer());
        call.completed();
        return true;
      } else if (step instanceof InboundStep.Proceed proceed) {
        proceed(call, proceed.requestHeaders());
        return true;
      }
    }
  }

  private void proceed(InboundCall call, HeaderEdits edits) throws IOException {
    int colon = application.lastIndexOf(':');
    try (Socket socket =
        new Socket(
            application.substring(0, colon), Integer.parseInt(application.substring(colon + 1)))) {
      Exchange.write(
          socket.getOutputStream(),
          head.first(),
          Exchange.edited(head.fields(), edits),
          body,
          Exchange.sized(head));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Head response = Head.read(in);
      if (response == null) {
        throw new EOFException("no response");
      }
      byte[] responseBody = Exchange.hasBody(head) ? response.readBody(in, false) : new byte[0];
      HeaderEdits ofResponse = call.responded(response.status(), Exchange.source(response));
      Exchange.relay(client, head, response, ofResponse, responseBody);
      call.completed();
    }
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
  public List<String> headerNames() {
    return head.fields().stream()
        .map(Field::name)
        .filter(name -> !name.equals("host"))
        .distinct()
        .toList();
  }

  @Override
  public String authority() {
    return Objects.requireNonNullElse(head.field("host"), "");
  }

  @Override
  public String protocol() {
    return head.word(2);
  }

  @Override
  public @Nullable ConnectedPeer peer() {
    return client.peer();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return (InetSocketAddress) client.socket().getRemoteSocketAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) client.socket().getLocalSocketAddress();
  }

  @Override
  public @Nullable String header(String name) {
    return head.field(name);
  }
}
