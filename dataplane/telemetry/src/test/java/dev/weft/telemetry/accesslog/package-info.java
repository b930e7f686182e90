@NullMarked
package dev.weft.telemetry.accesslog;

import org.jspecify.annotations.NullMarked;
