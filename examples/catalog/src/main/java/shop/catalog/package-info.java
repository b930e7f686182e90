/** The shop's catalog: a plain Spring Boot service that knows nothing of the mesh it runs in. */
@NullMarked
package shop.catalog;

import org.jspecify.annotations.NullMarked;
