package dev.weft.benchmarks;

/** What the storefront calls the catalog with. */
enum Client {
  JDK_HTTPCLIENT("java.net.http", "/httpclient", 0.95),
  HTTP_URL_CONNECTION("HttpURLConnection", "/resttemplate", 0.92);

  private final String title;
  private final String path;
  private final double throughputAim;

  Client(String title, String path, double throughputAim) {
    this.title = title;
    this.path = path;
    this.throughputAim = throughputAim;
  }

  String title() {
    return title;
  }

  /** Of the storefront, to be answered with what the catalog says. */
  String path() {
    return path;
  }

  double throughputAim() {
    return throughputAim;
  }
}
