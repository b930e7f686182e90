/**
 * The control server as one process: its command line, and how its parts are put together. The
 * parts live in the packages below and know nothing of this one.
 */
@NullMarked
package dev.weft.controlserver;

import org.jspecify.annotations.NullMarked;
