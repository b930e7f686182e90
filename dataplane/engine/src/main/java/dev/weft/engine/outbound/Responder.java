package dev.weft.engine.outbound;

import dev.weft.engine.Answer;

/** What a route does that needs no destination: it answers by itself. */
@FunctionalInterface
interface Responder {

  Answer answer(OutboundRequest request);
}
