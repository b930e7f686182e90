/**
 * What an instrumentation module tells the agent: the types of one library family, their methods,
 * and the advice woven into them. Declarations only; the weaving is the agent's. Nothing in here
 * runs on a request's path.
 */
@NullMarked
package dev.weft.instrumentation.api;

import org.jspecify.annotations.NullMarked;
