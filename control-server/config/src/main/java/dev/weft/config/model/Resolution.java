package dev.weft.config.model;

/** How the endpoints of a {@link ServiceEntry} are found. */
public enum Resolution {
  NONE,
  STATIC,
  DNS,
  DNS_ROUND_ROBIN,
  DYNAMIC_DNS
}
