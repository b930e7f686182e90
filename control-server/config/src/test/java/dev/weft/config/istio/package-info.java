@NullMarked
package dev.weft.config.istio;

import org.jspecify.annotations.NullMarked;
