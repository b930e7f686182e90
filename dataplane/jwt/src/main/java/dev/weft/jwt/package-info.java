/**
 * Verifies JSON Web Tokens as Envoy's JWT filter does: {@link dev.weft.jwt.TokenVerifier} is the
 * way in. Signatures and keys are Nimbus's business; which tokens a request needs and where they
 * are found is the engine's. Nothing is fetched, and no thread runs, before the first token.
 */
@NullMarked
package dev.weft.jwt;

import org.jspecify.annotations.NullMarked;
