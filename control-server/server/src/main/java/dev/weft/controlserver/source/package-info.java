/** Where configuration comes from. Files are text here; what they say is for others to read. */
@NullMarked
package dev.weft.controlserver.source;

import org.jspecify.annotations.NullMarked;
