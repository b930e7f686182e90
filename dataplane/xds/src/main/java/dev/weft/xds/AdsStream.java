package dev.weft.xds;

import dev.weft.xds.proto.Status;
import org.jspecify.annotations.Nullable;

/** One stream of the aggregated discovery service. Used on the connection's thread. */
interface AdsStream {

  /** google.rpc.Code, INVALID_ARGUMENT. */
  int INVALID_ARGUMENT = 3;

  /** Whoever owns the stream. Called on the connection's thread. */
  interface Owner {

    void received(AdsStream stream, Update update);

    /**
     * @param cause null if the server ended it in good order
     */
    void ended(AdsStream stream, @Nullable Throwable cause);
  }

  /**
   * Whether the server may send what was not asked for by name, and goes on keeping that up to
   * date.
   */
  boolean bringsUnasked();

  void subscribe(Interest interest);

  /**
   * @param rejection null: an ACK
   * @param interest what is wanted of the type as before
   */
  void answer(Update update, @Nullable String rejection, Interest interest);

  void end();

  static Status rejected(String reason) {
    return Status.newBuilder().setCode(INVALID_ARGUMENT).setMessage(reason).build();
  }
}
