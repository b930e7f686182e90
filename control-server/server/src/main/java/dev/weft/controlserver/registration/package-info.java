/**
 * Workloads that make themselves known by connecting: each is there for as long as its stream is.
 * What follows from their being there is for others to say.
 */
@NullMarked
package dev.weft.controlserver.registration;

import org.jspecify.annotations.NullMarked;
