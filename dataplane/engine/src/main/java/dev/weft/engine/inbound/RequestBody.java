package dev.weft.engine.inbound;

/**
 * What a guard has read of a request's body so far.
 *
 * @param bytes from its beginning; empty if there is no body
 * @param whole whether that is all of it
 */
@SuppressWarnings("ArrayRecordComponent") // as it was read, never compared
public record RequestBody(byte[] bytes, boolean whole) {

  /** Of a request that has none. */
  public static final RequestBody NONE = new RequestBody(new byte[0], true);
}
