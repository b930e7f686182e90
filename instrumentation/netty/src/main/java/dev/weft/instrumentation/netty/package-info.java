/**
 * Netty where it goes past the JDK to the kernel: tells the engine which ports its native
 * transports listen on, and closes connections to ports that no module guards where policy demands
 * it. Netty on the JDK's channels is seen by the module for those; protocols aren't looked at.
 */
@NullMarked
package dev.weft.instrumentation.netty;

import org.jspecify.annotations.NullMarked;
