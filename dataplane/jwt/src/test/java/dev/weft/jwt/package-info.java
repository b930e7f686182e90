@NullMarked
package dev.weft.jwt;

import org.jspecify.annotations.NullMarked;
