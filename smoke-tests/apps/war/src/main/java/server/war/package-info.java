/** Where a servlet container begins. */
@NullMarked
package server.war;

import org.jspecify.annotations.NullMarked;
