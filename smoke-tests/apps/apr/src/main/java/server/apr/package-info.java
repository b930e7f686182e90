/** A server whose sockets are those of Tomcat's native library. */
@NullMarked
package server.apr;

import org.jspecify.annotations.NullMarked;
