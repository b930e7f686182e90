package dev.weft.workload.admin;

/**
 * What an admin path answers.
 *
 * @param contentType of the body, charset included
 */
public record Page(int status, String contentType, String body) {

  public static Page text(int status, String body) {
    return new Page(status, "text/plain; charset=utf-8", body);
  }

  public static Page json(String body) {
    return new Page(200, "application/json", body);
  }
}
