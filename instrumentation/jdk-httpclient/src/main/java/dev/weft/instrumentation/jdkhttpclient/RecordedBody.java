package dev.weft.instrumentation.jdkhttpclient;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A body that its publisher may not be able to give twice. What it gives the first time is kept, up
 * to {@link #LIMIT} bytes; if that is all of it, the body can be sent again. If not, it is never
 * given a second time, not even what is left of it.
 */
final class RecordedBody implements BodyPublisher {

  /** Bytes. A sidecar keeps more, but nobody else's heap is at stake there. */
  static final int LIMIT = 64 * 1024;

  private static final Flow.Subscription NOTHING_TO_COME =
      new Flow.Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
      };

  private final BodyPublisher publisher;
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile @Nullable List<byte[]> recorded;

  RecordedBody(BodyPublisher publisher) {
    this.publisher = publisher;
  }

  /** Whether it can be sent from its start: all of it is at hand, or none of it was asked for. */
  boolean whole() {
    return recorded != null || !asked.get();
  }

  /**
   * @return null if it isn't known whole, or is longer
   */
  byte @Nullable [] bytes(int limit) {
    List<byte[]> parts = recorded;
    if (parts == null) {
      return null;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.size() > limit ? null : all.toByteArray();
  }

  @Override
  public long contentLength() {
    return publisher.contentLength();
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
    List<byte[]> all = recorded;
    if (all != null) {
      BodyPublishers.ofByteArrays(all).subscribe(subscriber);
    } else if (asked.compareAndSet(false, true)) {
      publisher.subscribe(new Recorder(subscriber));
    } else {
      subscriber.onSubscribe(NOTHING_TO_COME);
      subscriber.onError(new IOException("the request's body was read already"));
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
