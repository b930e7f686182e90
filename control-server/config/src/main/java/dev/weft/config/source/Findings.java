package dev.weft.config.source;

import java.util.ArrayList;
import java.util.List;

/** Collects what is found while one resource is read. */
public final class Findings {

  private final ResourceName resource;
  private final Origin origin;
  private final List<Finding> collected = new ArrayList<>();

  /**
   * @param origin where the resource begins
   */
  public Findings(ResourceName resource, Origin origin) {
    this.resource = resource;
    this.origin = origin;
  }

  /** Reports something at a line of the resource's document. */
  public void report(Severity severity, int line, String field, String message) {
    collected.add(new Finding(severity, origin.atLine(line), resource, field, message));
  }

  /** Where the resource begins. */
  public Origin origin() {
    return origin;
  }

  /** Whether the resource can't be accepted. */
  public boolean anyError() {
    return collected.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
  }

  /** Everything reported so far, in order. */
  public List<Finding> all() {
    return List.copyOf(collected);
  }
}
