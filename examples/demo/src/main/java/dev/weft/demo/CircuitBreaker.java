package dev.weft.demo;

import dev.weft.demo.process.Await;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * As many requests as a slow catalog may have; all others are answered at once, until it is done.
 */
final class CircuitBreaker {

  /** As the configuration says. */
  private static final int LIMIT = 2;

  private static final int TOO_MANY = 6;
  private static final int REQUESTS = 20;

  private final Shop shop;
  private final Shopper shopper;

  CircuitBreaker(Shop shop) {
    this.shop = shop;
    this.shopper = new Shopper(shop);
  }

  String run() throws Exception {
    shop.apply("routing.yaml", "routing-breaker.yaml");
    ExecutorService threads = Executors.newFixedThreadPool(TOO_MANY);
    try {
      List<Future<Integer>> slow = new ArrayList<>();
      Await.until(
          "the breaker opens",
          Step.SOON,
          () -> {
            statuses(slow);
            slow.clear();
            for (int i = 0; i < TOO_MANY; i++) {
              slow.add(threads.submit(() -> shopper.ask("/bestsellers").statusCode()));
            }
            return opened(slow);
          });
      HttpResponse<String> refusal = shopper.ask("/resttemplate");
      long start = System.nanoTime();
      for (int i = 0; i < REQUESTS; i++) {
        int status = shopper.ask(Shopper.CLIENTS.get(i % 2)).statusCode();
        Step.require(status == 503, "while it is open: " + status);
      }
      long millis = (System.nanoTime() - start) / 1_000_000;
      Step.require(refusal.body().contains("overflow"), refusal.body());
      List<Integer> statuses = statuses(slow);
      Step.require(
          statuses.stream().filter(status -> status == 200).count() == LIMIT,
          "slow ones got " + statuses);
      shopper.instances("/resttemplate", REQUESTS);
      return "%d slow requests at a time: of %d, %d got 503 at once, and so did %d of %d others, within %d ms; when the slow ones were done, 200 for %d of %d"
          .formatted(
              LIMIT, TOO_MANY, TOO_MANY - LIMIT, REQUESTS, REQUESTS, millis, REQUESTS, REQUESTS);
    } finally {
      threads.shutdownNow();
      shop.apply("routing.yaml", "routing-90-10.yaml");
    }
  }

  /** Waits until all but those within the limit are over, and says whether they were refused. */
  private static boolean opened(List<Future<Integer>> slow) throws Exception {
    int beyond = slow.size() - LIMIT;
    Await.until("some are over", Step.SOON, () -> over(slow).size() >= beyond);
    List<Future<Integer>> over = over(slow);
    return over.size() == beyond && statuses(over).stream().allMatch(status -> status == 503);
  }

  private static List<Future<Integer>> over(List<Future<Integer>> requests) {
    return requests.stream().filter(Future::isDone).toList();
  }

  private static List<Integer> statuses(List<Future<Integer>> requests) throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (Future<Integer> request : requests) {
      statuses.add(request.get());
    }
    return statuses;
  }
}
