package dev.weft.xds;

import java.util.Map;
import java.util.Set;

/**
 * What is to be said to a stream about one type.
 *
 * @param added names that the stream does not know to be wanted
 * @param removed names that are not wanted any more
 * @param all names wanted, with those added
 * @param initialVersions by name, of what is held; on a stream's first word on the type only
 * @param version of the last response of the type that was accepted whole; empty if there is none
 */
record Interest(
    String typeUrl,
    Set<String> added,
    Set<String> removed,
    Set<String> all,
    Map<String, String> initialVersions,
    String version) {}
