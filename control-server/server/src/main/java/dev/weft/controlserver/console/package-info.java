/** What people and scrapers read over HTTP. It shows; it changes nothing. */
@NullMarked
package dev.weft.controlserver.console;

import org.jspecify.annotations.NullMarked;
