/**
 * What the mesh is told, whoever told it: services with their endpoints, routing rules, traffic
 * policies and security policies, as immutable records; and {@link
 * dev.weft.config.model.MeshModel}, which answers what applies to whom. Neither YAML nor Envoy
 * resources are known here.
 */
@NullMarked
package dev.weft.config.model;

import org.jspecify.annotations.NullMarked;
