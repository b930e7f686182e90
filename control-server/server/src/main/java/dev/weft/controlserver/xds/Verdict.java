package dev.weft.controlserver.xds;

/** What a request says about an earlier response. */
enum Verdict {
  /** Nothing, or about one that isn't waiting for a verdict any more. */
  NONE,
  ACCEPTED,
  REJECTED
}
