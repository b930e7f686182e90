package dev.weft.engine.upstream;

/** Whether an endpoint can be used, by what its cluster says and by what came of requests. */
enum Fitness {
  HEALTHY,
  DEGRADED,
  UNFIT
}
