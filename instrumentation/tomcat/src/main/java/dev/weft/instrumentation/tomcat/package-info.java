/**
 * Tomcat 9 to 11 as a server of the mesh. {@link
 * dev.weft.instrumentation.tomcat.TomcatInstrumentation} says what is woven; the rest runs beside
 * Tomcat: a {@link dev.weft.instrumentation.tomcat.GuardedChannel} decides for each connection of
 * an NIO connector what it is, and an {@link dev.weft.instrumentation.tomcat.Exchange} has each
 * request judged and observed. Everything happens below the servlet API, which differs between the
 * versions and isn't to be referred to here. What Tomcat keeps to itself is reached through {@link
 * dev.weft.instrumentation.tomcat.TomcatInternals} alone.
 */
@NullMarked
package dev.weft.instrumentation.tomcat;

import org.jspecify.annotations.NullMarked;
