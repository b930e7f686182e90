package shop.catalog;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;

/** A service with bad days: answers every n-th request for items with 503, when told to. */
@RestController
@Component
class Outage extends OncePerRequestFilter {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile int every;

  /**
   * @param every 1: all, 2: every second, 0: none
   * @return how many requests failed since the last call
   */
  @PostMapping("/outage")
  int outage(@RequestParam int every) {
    this.every = every;
    return failed.getAndSet(0);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    int n = every;
    if (n > 0
        && request.getRequestURI().startsWith("/items")
        && requests.incrementAndGet() % n == 0) {
      failed.incrementAndGet();
      response.sendError(HttpStatus.SERVICE_UNAVAILABLE.value());
    } else {
      chain.doFilter(request, response);
    }
  }
}
