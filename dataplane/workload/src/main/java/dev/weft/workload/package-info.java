/**
 * One workload of the mesh, whole: what it is told by its environment ({@link
 * dev.weft.workload.WorkloadSettings}), and the start, drain and end of its engine, configuration
 * stream, identity, remote client and telemetry ({@link dev.weft.workload.Workload}). The agent and
 * the sidecar start one each. No policy lives here, and nothing that knows how a request travels.
 */
@NullMarked
package dev.weft.workload;

import org.jspecify.annotations.NullMarked;
