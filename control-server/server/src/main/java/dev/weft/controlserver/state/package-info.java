/** Files that the control server keeps between runs: keys and the root certificate. */
@NullMarked
package dev.weft.controlserver.state;

import org.jspecify.annotations.NullMarked;
