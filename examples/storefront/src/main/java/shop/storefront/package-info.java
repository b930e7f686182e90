/** The shop's front: calls the catalog by its name, over two ordinary HTTP clients. */
@NullMarked
package shop.storefront;

import org.jspecify.annotations.NullMarked;
