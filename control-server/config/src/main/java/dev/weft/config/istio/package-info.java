/**
 * Reads Istio's resources with Istio's rules of validation, and beside them Weft's ServicePolicy,
 * which says in Istio's terms what Istio has no field for. Whatever a resource says is either
 * honoured in full, or reported: as a warning if it may be left out, as an error if leaving it out
 * would change what the rest means. Security policies fail closed. {@link
 * dev.weft.config.istio.ResourceReader} tells the kinds apart.
 */
@NullMarked
package dev.weft.config.istio;

import org.jspecify.annotations.NullMarked;
