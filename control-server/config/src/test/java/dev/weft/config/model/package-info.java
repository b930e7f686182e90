@NullMarked
package dev.weft.config.model;

import org.jspecify.annotations.NullMarked;
