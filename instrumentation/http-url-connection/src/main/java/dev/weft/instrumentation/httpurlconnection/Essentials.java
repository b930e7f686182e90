package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ProxyHeader;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.ResponseRecorder;
import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * What replaced calls need outside any guard, loaded before the first of them is linked: if it
 * can't be, for the agent's jar was replaced or this JDK isn't as expected, the JDK's own call is
 * made. Later it would be the application that meets the error.
 */
final class Essentials {

  static {
    MethodHandles.Lookup here = MethodHandles.lookup();
    try {
      for (Class<?> type :
          List.of(
              Answer.class,
              Attempt.Failure.class,
              ConnectionKey.class,
              ResponseRecorder.class,
              Header.class,
              HeaderEdits.class,
              ProxyHeader.class,
              OutboundStep.Done.class,
              OutboundStep.Pass.class,
              OutboundStep.Respond.class,
              OutboundStep.Send.class,
              OutboundStep.Wait.class,
              Allowance.class,
              AnswerSocket.class,
              Exchange.class,
              Heads.class,
              Heads.Source.class,
              Jdk.class,
              Keepalive.class,
              MeshConnection.class,
              ReasonPhrase.class,
              Request.class,
              Sending.class,
              Steering.class,
              TimeLimit.class)) {
        here.ensureInitialized(type);
      }
    } catch (IllegalAccessException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Essentials() {}

  static void load() {}
}
