package dev.weft.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Asks a server of ours. */
final class Fetch {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private Fetch() {}

  static String text(String url) throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build(),
                  BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException("nothing answers at " + url + ": " + e, e);
    }
    if (response.statusCode() != 200) {
      throw new IOException(url + " answered " + response.statusCode() + ": " + response.body());
    }
    return response.body();
  }

  static JsonNode json(String url) throws IOException, InterruptedException {
    return new ObjectMapper().readTree(text(url));
  }
}
