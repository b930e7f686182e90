package dev.weft.engine;

/**
 * One header line.
 *
 * @param name lower-case
 */
public record Header(String name, String value) {}
