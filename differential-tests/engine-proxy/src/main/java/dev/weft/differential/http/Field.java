package dev.weft.differential.http;

/**
 * One header line.
 *
 * @param name lower-case
 */
public record Field(String name, String value) {}
