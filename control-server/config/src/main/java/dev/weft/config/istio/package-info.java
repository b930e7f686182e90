/**
 * Reads Istio's resources with Istio's rules of validation. Whatever a resource says is either
 * honoured in full, or reported: as a warning if it may be left out, as an error if leaving it out
 * would change what the rest means. Security policies fail closed.
 */
@NullMarked
package dev.weft.config.istio;

import org.jspecify.annotations.NullMarked;
