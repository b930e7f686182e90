package dev.weft.demo;

import java.util.List;

/** Reads lines of Prometheus's text format. */
final class Metrics {

  private Metrics() {}

  static String label(String line, String label) {
    int start = line.indexOf(label + "=\"") + label.length() + 2;
    return line.substring(start, line.indexOf('"', start));
  }

  static long value(String line) {
    return (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  static long sum(List<String> lines) {
    return lines.stream().mapToLong(Metrics::value).sum();
  }
}
