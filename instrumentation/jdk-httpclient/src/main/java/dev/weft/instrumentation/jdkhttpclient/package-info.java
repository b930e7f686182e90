/**
 * Makes every exchange of {@code java.net.http.HttpClient}, each redirect and each answer to a
 * challenge included, a call of the mesh. An exchange is taken over where the client is about to
 * establish it, and each attempt of the call becomes an exchange of the client's own with a copy of
 * the request that carries where to go. The client's connections, pools, protocols, timers, filters
 * and body handling are used as they are; no decision is made here.
 *
 * <p>The client's internals are reached only through {@link
 * dev.weft.instrumentation.jdkhttpclient.Exchanges}, {@link
 * dev.weft.instrumentation.jdkhttpclient.Requests} and {@link
 * dev.weft.instrumentation.jdkhttpclient.Responses}, where the differences between JDKs stay.
 */
@NullMarked
package dev.weft.instrumentation.jdkhttpclient;

import org.jspecify.annotations.NullMarked;
