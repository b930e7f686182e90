/**
 * Starts, watches and ends the processes of a mesh on this machine: applications with the agent,
 * the control server, a receiver for their spans, and an issuer of tokens for their users. Knows
 * nothing of any scenario; the smoke tests use it too.
 */
@NullMarked
package dev.weft.demo.process;

import org.jspecify.annotations.NullMarked;
