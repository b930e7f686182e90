package dev.weft.config.model;

/** How the endpoints of a {@link ServiceEntry} are found. */
public enum Resolution {
  NONE,
  STATIC,
  DNS,
  DNS_ROUND_ROBIN,
  DYNAMIC_DNS;

  /** Whether endpoints' addresses may be host names, which clients resolve. */
  public boolean byName() {
    return this == DNS || this == DNS_ROUND_ROBIN;
  }

  /** Whether calls go where the caller's own resolution of the called name leads. */
  public boolean isCallers() {
    return this == NONE || this == DYNAMIC_DNS;
  }
}
