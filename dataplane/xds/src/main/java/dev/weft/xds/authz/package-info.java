/**
 * The messages of Envoy's external authorization, written and read with the same trimmed .proto
 * files as configuration. What is asked and what an answer means is the engine's.
 */
@NullMarked
package dev.weft.xds.authz;

import org.jspecify.annotations.NullMarked;
