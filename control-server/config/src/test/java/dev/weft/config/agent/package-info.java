@NullMarked
package dev.weft.config.agent;

import org.jspecify.annotations.NullMarked;
