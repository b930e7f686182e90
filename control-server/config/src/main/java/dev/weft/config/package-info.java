/**
 * The pure half of the control server: text in, findings and a model out. {@link
 * dev.weft.config.Configuration} holds what is in force, file by file. No network, no watching of
 * files, no clock: the server feeds it, and the command line's {@code analyze} uses it as it is.
 */
@NullMarked
package dev.weft.config;

import org.jspecify.annotations.NullMarked;
