package dev.weft.instrumentation.jdkhttpclient;

import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A body that its publisher may not be able to give twice. What it gives the first time is kept, up
 * to {@link #LIMIT} bytes; if that is all of it, the body can be sent again.
 */
final class RecordedBody implements BodyPublisher {

  /** Bytes. A sidecar keeps more, but nobody else's heap is at stake there. */
  static final int LIMIT = 64 * 1024;

  private final BodyPublisher publisher;
  private volatile @Nullable List<byte[]> recorded;

  RecordedBody(BodyPublisher publisher) {
    this.publisher = publisher;
  }

  /** Whether all of it is at hand. */
  boolean complete() {
    return recorded != null;
  }

  @Override
  public long contentLength() {
    return publisher.contentLength();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    List<byte[]> all = recorded;
    if (all == null) {
      publisher.subscribe(new Recorder(subscriber));
    } else {
      BodyPublishers.ofByteArrays(all).subscribe(subscriber);
    }
  }

  private final class Recorder implements Flow.Subscriber<ByteBuffer> {

    private final Flow.Subscriber<? super ByteBuffer> subscriber;
    private @Nullable List<byte[]> parts = new ArrayList<>();
    private int size;

    Recorder(Flow.Subscriber<? super ByteBuffer> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscriber.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer item) {
      List<byte[]> kept = parts;
      if (kept != null) {
        size += item.remaining();
        if (size > LIMIT) {
          parts = null;
        } else {
          byte[] part = new byte[item.remaining()];
          item.duplicate().get(part);
          kept.add(part);
        }
      }
      subscriber.onNext(item);
    }

    @Override
    public void onError(Throwable thrown) {
      parts = null;
      subscriber.onError(thrown);
    }

    @Override
    public void onComplete() {
      recorded = parts;
      subscriber.onComplete();
    }
  }
}
