/**
 * The engine as a proxy: its outbound and inbound faces driven as any carrier drives them, its
 * configuration from a real control server, and a line of access log for each request in the form
 * that the comparison has Envoy write. One request, one connection: no pool stands between the
 * engine and what is compared.
 */
@NullMarked
package dev.weft.differential.proxy;

import org.jspecify.annotations.NullMarked;
