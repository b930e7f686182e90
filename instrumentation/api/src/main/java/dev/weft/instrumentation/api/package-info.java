/**
 * What an instrumentation module tells the agent: the types of one library family, their methods,
 * and the advice woven into them; and what it may ask or tell while it runs: whether it is woven
 * whole, and what it had to keep from the application. No weaving, which is the agent's.
 */
@NullMarked
package dev.weft.instrumentation.api;

import org.jspecify.annotations.NullMarked;
