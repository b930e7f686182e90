package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Answer;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The policy's own response. It is put where an exchange keeps its answer to those who want its
 * body ignored, which is so already; those who do want the body are given it by {@link #readBody}.
 */
final class LocalAnswer extends CompletableFuture<Void> {

  private final ResponseInfo head;
  private final byte[] body;

  private LocalAnswer(ResponseInfo head, byte[] body) {
    this.head = head;
    this.body = body;
    complete(null);
  }

  /** Makes it the exchange's response; returns the head in the client's form. */
  static Object respond(Answer answer, Object exchange, HttpRequest request) {
    byte[] content = answer.content();
    boolean bodyForbidden = answer.status() == 204 || answer.status() == 304;
    Map<String, List<String>> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    answer.headers().forEach(header -> Headers.add(map, header));
    if (!bodyForbidden) {
      map.put("content-length", List.of(Integer.toString(content.length)));
    }
    HttpHeaders headers = HttpHeaders.of(map, (name, value) -> true);
    if (Requests.isWebSocket(request)) {
      Exchanges.assignToNoConnection(exchange);
    }
    boolean empty = bodyForbidden || request.method().equals("HEAD");
    Exchanges.bodyIgnored(
        exchange,
        new LocalAnswer(
            new Head(answer.status(), headers, HttpClient.Version.HTTP_1_1),
            empty ? new byte[0] : content));
    return Responses.create(
        request, exchange, headers, answer.status(), HttpClient.Version.HTTP_1_1);
  }

  static @Nullable LocalAnswer of(@Nullable CompletableFuture<?> bodyIgnored) {
    return bodyIgnored instanceof LocalAnswer answer ? answer : null;
  }

  <T> CompletableFuture<T> readBody(BodyHandler<T> handler, Executor executor) {
    BodySubscriber<T> subscriber = handler.apply(head);
    HttpRequest.BodyPublishers.ofByteArray(body).subscribe(new Buffers(subscriber));
    return Responses.body(executor, subscriber).toCompletableFuture();
  }

  private record Head(int statusCode, HttpHeaders headers, HttpClient.Version version)
      implements ResponseInfo {}

  /** Between a publisher of buffers and a subscriber to lists of them. */
  private record Buffers(BodySubscriber<?> subscriber) implements Flow.Subscriber<ByteBuffer> {

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscriber.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      subscriber.onNext(List.of(item.asReadOnlyBuffer()));
    }

    @Override
    public void onError(Throwable throwable) {
      subscriber.onError(throwable);
    }

    @Override
    public void onComplete() {
      subscriber.onComplete();
    }
  }
}
