/** An instrumentation module for the test application, packed into the agent's jar by the tests. */
@NullMarked
package dev.weft.instrumentation.sample;

import org.jspecify.annotations.NullMarked;
