package dev.weft.engine;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sends nothing: tests look at what was asked of it, and answer by completing the futures. */
public final class ScriptedClient implements AsyncClient {

  public record Sent(
      ConnectionKey to, Request request, Duration timeout, CompletableFuture<Response> answer) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Called(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout,
      CompletableFuture<byte[]> answer) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Conversed(
      ConnectionKey to,
      byte[] send,
      List<byte[]> receive,
      Duration timeout,
      CompletableFuture<byte[]> answer) {}

  public final List<Conversed> conversed = new CopyOnWriteArrayList<>();
  public final List<Sent> sent = new CopyOnWriteArrayList<>();
  public final List<Called> called = new CopyOnWriteArrayList<>();

  @Override
  public CompletionStage<Response> send(ConnectionKey to, Request request, Duration timeout) {
    Sent exchange = new Sent(to, request, timeout, new CompletableFuture<>());
    sent.add(exchange);
    return exchange.answer();
  }

  @Override
  public CompletionStage<byte[]> unary(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout) {
    Called call =
        new Called(to, authority, method, metadata, message, timeout, new CompletableFuture<>());
    called.add(call);
    return call.answer();
  }

  @Override
  public CompletionStage<?> converse(
      ConnectionKey to, byte[] send, List<byte[]> receive, Duration timeout) {
    Conversed conversation = new Conversed(to, send, receive, timeout, new CompletableFuture<>());
    conversed.add(conversation);
    return conversation.answer();
  }
}
