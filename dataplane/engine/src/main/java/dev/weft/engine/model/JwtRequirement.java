package dev.weft.engine.model;

import java.util.List;

/** Which tokens a request needs: Envoy's JwtRequirement. */
public sealed interface JwtRequirement {

  record Token(JwtProvider provider) implements JwtRequirement {}

  /**
   * One of these.
   *
   * @param orNone none at all will do as well (allow_missing); a wrong one won't
   */
  record AnyOf(List<JwtRequirement> requirements, boolean orNone) implements JwtRequirement {

    public AnyOf {
      requirements = List.copyOf(requirements);
    }
  }

  record AllOf(List<JwtRequirement> requirements) implements JwtRequirement {

    public AllOf {
      requirements = List.copyOf(requirements);
    }
  }
}
