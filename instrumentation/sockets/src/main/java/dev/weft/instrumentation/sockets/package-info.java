/**
 * The JDK's listening sockets: tells the engine which ports the process listens on and who does,
 * and closes connections to ports that no module guards where policy demands it. Protocols are
 * other modules' business.
 */
@NullMarked
package dev.weft.instrumentation.sockets;

import org.jspecify.annotations.NullMarked;
