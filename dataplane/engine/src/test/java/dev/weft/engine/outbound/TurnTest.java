package dev.weft.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TurnTest {

  private static final class Counter extends Turn {
    private int count;
    private boolean busy;
    private boolean overlapped;

    void count() {
      overlapped |= busy;
      busy = true;
      count++;
      busy = false;
    }
  }

  @Test
  void letsOneThreadInAtATimeAndLosesNothing() throws InterruptedException {
    Counter counter = new Counter();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 50_000; i++) {
                  counter.inTurn(counter::count);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(counter.enter()).isTrue();
    assertThat(counter.count).isEqualTo(200_000);
    assertThat(counter.overlapped).isFalse();
  }

  @Test
  void doesWhatWasLeftBehindInOrderAfterWhatIsUnderWay() {
    Counter turn = new Counter();
    List<String> done = new ArrayList<>();
    turn.inTurn(
        () -> {
          turn.inTurn(() -> done.add("second"));
          turn.inTurn(() -> done.add("third"));
          done.add("first");
        });
    assertThat(done).containsExactly("first", "second", "third");
  }

  @Test
  void wakesWhenTheTurnIsOver() {
    Counter turn = new Counter();
    CompletableFuture<@org.jspecify.annotations.Nullable Void> one = new CompletableFuture<>();
    CompletableFuture<@org.jspecify.annotations.Nullable Void> other = new CompletableFuture<>();
    boolean[] free = {false};
    var unused = one.thenRun(() -> free[0] = turn.enter());
    turn.inTurn(
        () -> {
          turn.wakeAfterwards(one);
          turn.wakeAfterwards(other);
          assertThat(one).isNotDone();
        });
    assertThat(one).isDone();
    assertThat(other).isDone();
    assertThat(free[0]).isTrue();
  }

  @Test
  void isFreeAgainAfterSomethingThrew() {
    Counter turn = new Counter();
    assertThatThrownBy(
            () ->
                turn.inTurn(
                    () -> {
                      turn.inTurn(
                          () -> {
                            throw new IllegalStateException("left behind");
                          });
                      turn.inTurn(turn::count);
                    }))
        .hasMessage("left behind");
    assertThat(turn.count).isEqualTo(1);
    assertThat(turn.enter()).isTrue();
  }
}
