/**
 * What the mesh promises, seen from outside: ordinary applications in processes of their own, with
 * the agent's jar, a control server's jar, and what curl, a socket or a packet capture sees of
 * them. Nothing here may use a class of Weft's but those that start processes.
 */
@NullMarked
package dev.weft.smoke;

import org.jspecify.annotations.NullMarked;
