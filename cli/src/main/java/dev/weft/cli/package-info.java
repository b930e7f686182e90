/**
 * The {@code weft} command: a class for each subcommand. Judges files with the control server's own
 * configuration code, and asks running servers over HTTP; never links to a server.
 */
@NullMarked
package dev.weft.cli;

import org.jspecify.annotations.NullMarked;
