package dev.weft.instrumentation.jdkhttpclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

class RecordedBodyTest {

  /** Two attempts at once, before either has asked for it: the second one has to fail. */
  @Test
  void givesNobodyTheRestOfABody() {
    RecordedBody body =
        new RecordedBody(BodyPublishers.ofByteArray(new byte[RecordedBody.LIMIT + 1]));
    assertThat(body.whole()).isTrue();
    assertThat(read(body)).isCompletedWithValueMatching(all -> all.length > RecordedBody.LIMIT);
    assertThat(body.whole()).isFalse();
    assertThat(read(body)).isCompletedExceptionally();
  }

  @Test
  void givesASmallBodyAgain() {
    RecordedBody body = new RecordedBody(BodyPublishers.ofString("a body"));
    for (int i = 0; i < 3; i++) {
      assertThat(body.whole()).isTrue();
      assertThat(read(body))
          .isCompletedWithValueMatching(all -> new String(all, UTF_8).equals("a body"));
    }
  }

  private static CompletionStage<byte[]> read(RecordedBody body) {
    BodySubscriber<byte[]> subscriber = BodySubscribers.ofByteArray();
    body.subscribe(
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription subscription) {
            subscriber.onSubscribe(subscription);
          }

          @Override
          public void onNext(ByteBuffer item) {
            subscriber.onNext(List.of(item));
          }

          @Override
          public void onError(Throwable thrown) {
            subscriber.onError(thrown);
          }

          @Override
          public void onComplete() {
            subscriber.onComplete();
          }
        });
    return subscriber.getBody();
  }
}
