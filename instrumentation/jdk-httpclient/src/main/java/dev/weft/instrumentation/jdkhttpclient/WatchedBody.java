package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.outbound.ResponseRecorder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import jdk.internal.net.http.ResponseSubscribers.TrustedSubscriber;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the client and the application's body handler: shows that the headers that it will
 * find in the response, and tells the sending how the body ends, however the application reads it.
 */
record WatchedBody<T>(BodyHandler<T> handler, Sending sending) implements BodyHandler<T> {

  /**
   * Whether this JDK's client is one that the class was written for.
   *
   * @throws LinkageError it is not
   */
  static boolean isPossible() {
    return TrustedSubscriber.class.isAssignableFrom(TrustedWatch.class);
  }

  @Override
  public BodySubscriber<T> apply(ResponseInfo head) {
    HeaderEdits edits = sending.responseHeaders();
    BodySubscriber<T> subscriber =
        handler.apply(
            edits.isEmpty()
                ? head
                : new EditedHead(
                    head.statusCode(), Headers.edited(head.headers(), edits), head.version()));
    return subscriber instanceof TrustedSubscriber<T> trusted
        ? new TrustedWatch<>(trusted, sending)
        : new Watch<>(subscriber, sending);
  }

  private record EditedHead(int statusCode, HttpHeaders headers, HttpClient.Version version)
      implements ResponseInfo {}

  private static class Watch<T> implements BodySubscriber<T> {

    private final BodySubscriber<T> subscriber;
    private final Sending sending;

    /** Who else wants the body. */
    private @Nullable ResponseRecorder recorder;

    Watch(BodySubscriber<T> subscriber, Sending sending) {
      this.subscriber = subscriber;
      this.sending = sending;
      recorder = sending.attempt().recorder();
    }

    /** Lets no failure of ours out into the client. */
    private void record(Consumer<ResponseRecorder> event) {
      ResponseRecorder recording = recorder;
      if (recording != null) {
        try {
          event.accept(recording);
        } catch (RuntimeException | LinkageError e) {
          recorder = null;
        }
      }
    }

    @Override
    public CompletionStage<T> getBody() {
      return subscriber.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscriber.onSubscribe(
          new Flow.Subscription() {
            @Override
            public void request(long n) {
              subscription.request(n);
            }

            @Override
            public void cancel() {
              sending.bodyEnded(null);
              subscription.cancel();
            }
          });
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
      if (recorder != null) {
        record(recording -> item.forEach(recording::write));
      }
      subscriber.onNext(item);
    }

    @Override
    public void onError(Throwable thrown) {
      sending.bodyEnded(thrown);
      subscriber.onError(thrown);
    }

    @Override
    public void onComplete() {
      record(ResponseRecorder::end);
      sending.bodyEnded(null);
      subscriber.onComplete();
    }
  }

  /**
   * The client treats its own subscribers better than others: it gives them its buffers as they
   * are, and asks for the body on its own thread if they allow that.
   */
  private static final class TrustedWatch<T> extends Watch<T> implements TrustedSubscriber<T> {

    private final TrustedSubscriber<T> trusted;

    TrustedWatch(TrustedSubscriber<T> trusted, Sending sending) {
      super(trusted, sending);
      this.trusted = trusted;
    }

    @Override
    public boolean needsExecutor() {
      return trusted.needsExecutor();
    }
  }
}
