/** An ordinary application, which knows nothing of agents. Tests start it in JVMs of their own. */
@NullMarked
package app;

import org.jspecify.annotations.NullMarked;
