package dev.weft.engine.inbound;

/** Judges the requests of one port. Whatever it throws closes the connection. */
@FunctionalInterface
interface Judge {

  Verdict judge(InboundRequest request);
}
