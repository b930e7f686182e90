package dev.weft.engine.inbound;

/** One of those that a request has to pass. Whatever it throws closes the connection. */
@FunctionalInterface
interface Judge {

  Verdict judge(Facts facts);
}
