/**
 * Load reports that servers put into their responses, of the Open Request Cost Aggregation standard
 * (xds.data.orca.v3): reading them in each of their forms, and what an endpoint weighs by one. No
 * state of endpoints lives here.
 */
@NullMarked
package dev.weft.engine.orca;

import org.jspecify.annotations.NullMarked;
