package dev.weft.engine;

/** Holds what {@link Mesh#install} was given: an interface can't have a field that changes. */
final class InstalledMesh {

  static volatile Mesh current = new AbsentMesh();

  private InstalledMesh() {}
}
