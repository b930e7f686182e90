/** Servers whose sockets the JDK knows nothing of. */
@NullMarked
package server.netty;

import org.jspecify.annotations.NullMarked;
