package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Which body publishers publish the same bytes to every subscriber: those of the JDK that hold them
 * in memory or read them from a file. Not those over the application's own publisher, nor over its
 * supplier of input streams, which may give the same, read, stream again, nor over its iterable,
 * which may be a stream's.
 */
final class RepeatableBodies {

  private static final Class<?> FILE = type("RequestPublishers$FilePublisher");

  private static final Set<Class<?>> REPEATABLE =
      Set.of(
          type("RequestPublishers$EmptyPublisher"),
          type("RequestPublishers$ByteArrayPublisher"),
          type("RequestPublishers$StringPublisher"),
          FILE);

  private RepeatableBodies() {}

  static boolean contains(HttpRequest.BodyPublisher publisher) {
    return REPEATABLE.contains(publisher.getClass());
  }

  /**
   * What such a publisher publishes; it does so at once.
   *
   * @return null if that is more than the limit, or would have to be read from a file, for which
   *     whoever asks has no time
   */
  static byte @Nullable [] bytes(HttpRequest.BodyPublisher publisher, int limit) {
    if (publisher.contentLength() > limit || publisher.getClass() == FILE) {
      return null;
    }
    HttpResponse.BodySubscriber<byte[]> body = HttpResponse.BodySubscribers.ofByteArray();
    publisher.subscribe(
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            body.onSubscribe(subscription);
          }

          @Override
          public void onNext(ByteBuffer item) {
            body.onNext(List.of(item));
          }

          @Override
          public void onError(Throwable thrown) {
            body.onError(thrown);
          }

          @Override
          public void onComplete() {
            body.onComplete();
          }
        });
    CompletableFuture<byte[]> whole = body.getBody().toCompletableFuture();
    return whole.isDone() && !whole.isCompletedExceptionally() ? whole.join() : null;
  }
}
