package dev.weft.instrumentation.tomcat;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;
import java.nio.channels.ClosedChannelException;
import org.apache.catalina.connector.CoyoteAdapter;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.coyote.Response;

/**
 * Around {@code CoyoteAdapter.service}, through which every HTTP request passes on its way to the
 * application: it is judged first, and goes no further if it is refused or can't be judged.
 */
final class RequestService {

  private static final boolean GO_ON = false;
  private static final boolean STOP = true;

  /** A request that only our advice can answer. */
  private static final class Probe {
    boolean answered;
  }

  private RequestService() {}

  /** Whether this advice is really there, found out by trying. */
  static boolean isWoven() {
    Probe probe = new Probe();
    Request request = new Request();
    request.setNote(Exchange.NOTE, probe);
    try {
      new CoyoteAdapter(null).service(request, new Response());
    } catch (Throwable e) {
      return false;
    }
    return probe.answered;
  }

  @Advice.OnMethodEnter(answers = true)
  @OnFailure("close")
  static boolean before(@Advice.Argument(0) Request request, @Advice.Argument(1) Response response)
      throws Exception {
    if (request.getNote(Exchange.NOTE) instanceof Probe probe) {
      probe.answered = true;
      return STOP;
    }
    if (PausedConnector.refuses(response)) {
      PausedConnector.refuse(response);
      return STOP;
    }
    Exchange exchange;
    try {
      exchange = Exchange.begin(request);
    } catch (ClosedChannelException e) {
      // Its client has gone: who that was can't be told any more, and nobody awaits the answer.
      return close(e, request, response);
    }
    return exchange.judge(response) ? GO_ON : STOP;
  }

  static boolean close(Throwable failure, Request request, Response response) {
    response.action(ActionCode.CLOSE_NOW, failure);
    return STOP;
  }

  @Advice.OnMethodExit(onThrowable = true)
  static void after(@Advice.Argument(0) Request request) {
    Exchange exchange = Exchange.of(request);
    if (exchange != null) {
      exchange.leave();
      exchange.served();
    }
  }
}
