package dev.weft.differential;

/** The two that are compared. They listen on the same ports, for policies judge by those. */
enum Side {
  ENVOY("127.0.0.1"),
  WEFT("127.0.0.2");

  /** Where it takes requests. */
  final String address;

  Side(String address) {
    this.address = address;
  }

  /** The header {@code x-case} that a call carries through this side. */
  String caseId(String call) {
    return name().charAt(0) + "-" + call;
  }
}
