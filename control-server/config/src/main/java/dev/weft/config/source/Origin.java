package dev.weft.config.source;

/**
 * Where something was written.
 *
 * @param file the file's name, as the source of configuration calls it
 * @param document index of the YAML document in that file, from 0
 * @param line line in the file, from 1
 */
public record Origin(String file, int document, int line) {

  /** The same document, another line. */
  public Origin atLine(int otherLine) {
    return new Origin(file, document, otherLine);
  }

  @Override
  public String toString() {
    return file + ":" + line;
  }
}
