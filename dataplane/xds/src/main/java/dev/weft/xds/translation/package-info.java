/**
 * Turns one xDS resource at a time into a piece of the engine's model, or says why not. What can't
 * be honoured and must not be overlooked refuses the resource ({@link
 * dev.weft.xds.translation.ResourceRefused}, which becomes a NACK); what can be left out safely
 * leaves a {@link dev.weft.xds.translation.Note}; whatever of an authorization policy is not
 * understood becomes a condition that refuses requests. No stream, no thread and no memory of other
 * resources lives here.
 */
@NullMarked
package dev.weft.xds.translation;

import org.jspecify.annotations.NullMarked;
