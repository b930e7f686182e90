package dev.weft.xds.translation;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.weft.engine.model.Assignment;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.NameTable;
import dev.weft.xds.proto.RouteConfiguration;
import java.util.List;

/**
 * The outcome of reading one resource.
 *
 * @param notes what of it is not honoured
 */
public record Translation<T>(T value, List<Note> notes) {

  public Translation {
    notes = List.copyOf(notes);
  }

  /** How a kind of resource is read. */
  @FunctionalInterface
  public interface Reader<T> {
    Translation<T> read(String name, Any resource) throws ResourceRefused;
  }

  public static Translation<ListenerResource> listener(String name, Any resource)
      throws ResourceRefused {
    return read(name, resource, Listener.parser(), ListenerTranslator::translate);
  }

  public static Translation<RouteResource> route(String name, Any resource) throws ResourceRefused {
    return read(name, resource, RouteConfiguration.parser(), RouteTranslator::translate);
  }

  public static Translation<ClusterResource> cluster(String name, Any resource)
      throws ResourceRefused {
    return read(name, resource, Cluster.parser(), ClusterTranslator::translate);
  }

  public static Translation<Assignment> endpoints(String name, Any resource)
      throws ResourceRefused {
    return read(name, resource, ClusterLoadAssignment.parser(), EndpointTranslator::assignment);
  }

  public static Translation<NameTable> nameTable(String name, Any resource) throws ResourceRefused {
    return read(name, resource, NameTable.parser(), (table, findings) -> table);
  }

  @FunctionalInterface
  private interface Body<M, T> {
    T translate(M message, Findings findings) throws ResourceRefused;
  }

  private static <M extends MessageLite, T> Translation<T> read(
      String name, Any resource, Parser<M> parser, Body<M, T> body) throws ResourceRefused {
    Findings findings = new Findings(name);
    M message = Values.unpack(resource, parser, "", findings);
    T value = body.translate(message, findings);
    return new Translation<>(value, findings.notes());
  }
}
