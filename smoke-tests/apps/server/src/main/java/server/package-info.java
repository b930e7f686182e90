/** A server that answers in every manner that a guard at its port could break. */
@NullMarked
package server;

import org.jspecify.annotations.NullMarked;
