package dev.weft.xds.translation;

/** A resource can't be honoured. The message names the resource, the field and the reason. */
public final class ResourceRefused extends Exception {
  private static final long serialVersionUID = 1;

  ResourceRefused(String resource, String field, String reason) {
    super(new Note(resource, field, reason).toString());
  }
}
