/** Tests of the module from outside the library: woven for real, against real servers. */
@NullMarked
package dev.weft.instrumentation.jdkhttpclient;

import org.jspecify.annotations.NullMarked;
