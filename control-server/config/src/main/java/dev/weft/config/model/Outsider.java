package dev.weft.config.model;

import java.util.List;

/**
 * A registered workload that a ServiceEntry's selector chooses by labels, and that may not serve
 * it.
 *
 * @param host of the entry's hosts
 * @param identities SPIFFE IDs that may serve the host
 */
record Outsider(
    ServiceEntry entry, String host, List<String> identities, RegisteredWorkload workload) {}
