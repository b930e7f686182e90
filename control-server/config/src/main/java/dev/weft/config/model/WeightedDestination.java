package dev.weft.config.model;

import org.jspecify.annotations.Nullable;

/**
 * Where a share of a rule's requests goes.
 *
 * @param host as written; a short name belongs to the rule's namespace
 * @param subset empty: all endpoints
 * @param port null: the service's only port, or the one that was called
 * @param weight relative to the rule's other destinations
 */
public record WeightedDestination(
    String host,
    String subset,
    @Nullable Integer port,
    int weight,
    HeaderEdits requestHeaders,
    HeaderEdits responseHeaders) {}
