/**
 * Configuration as text: YAML documents become trees whose every node knows its line, and a cursor
 * reads such a tree field by field, so that whatever is wrong, unknown or not supported becomes a
 * {@link dev.weft.config.source.Finding} that names file, line, resource and field. Knows nothing
 * of what the fields mean.
 */
@NullMarked
package dev.weft.config.source;

import org.jspecify.annotations.NullMarked;
