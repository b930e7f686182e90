/**
 * The mesh as it is now: what is configured and what is registered, put together, translated and
 * published. The seam between sources on one side and streams on the other.
 */
@NullMarked
package dev.weft.controlserver.mesh;

import org.jspecify.annotations.NullMarked;
