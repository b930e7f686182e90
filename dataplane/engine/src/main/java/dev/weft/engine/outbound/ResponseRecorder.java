package dev.weft.engine.outbound;

import java.nio.ByteBuffer;

/** Gets a response's body as it passes to the application. Not for several threads at once. */
public interface ResponseRecorder {

  /** The next part, as it came over the wire; its position stays. */
  void write(ByteBuffer part);

  /**
   * That was all of it. Not to be called for a body that broke off or was closed before its end.
   */
  void end();

  /** It can't be told any more what belongs to the body. */
  void giveUp();
}
