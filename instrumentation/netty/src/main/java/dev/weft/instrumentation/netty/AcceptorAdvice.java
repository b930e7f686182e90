package dev.weft.instrumentation.netty;

import dev.weft.instrumentation.api.Advice;
import org.jspecify.annotations.Nullable;

/**
 * The handlers that register what a server channel has accepted. They would log a failure for each
 * connection that was refused, for closed channels can't be registered.
 */
final class AcceptorAdvice {

  private AcceptorAdvice() {}

  @Advice.OnMethodEnter(answers = true)
  static boolean isOver(@Advice.Argument(1) @Nullable Object connection) {
    ChannelType type = ChannelType.of(connection);
    return type != null && connection != null && !type.isOpen(connection);
  }
}
