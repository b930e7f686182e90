/**
 * The configuration that the engine decides by: immutable values, complete and validated, free of
 * the wire format they came in (xDS) and of run-time state (which the engine keeps beside them).
 * Regexes are compiled when a value is made, so nothing is parsed on a request's way.
 */
@NullMarked
package dev.weft.engine.model;

import org.jspecify.annotations.NullMarked;
