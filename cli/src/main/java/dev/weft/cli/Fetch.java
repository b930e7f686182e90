package dev.weft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
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
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("not an http URL: " + url, e);
    }
    HttpResponse<String> response;
    try {
      response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new IOException("nothing listens at " + url, e);
    } catch (IOException e) {
      throw new IOException("no answer from " + url + ": " + e, e);
    }
    if (response.statusCode() != 200) {
      throw new IOException(url + " answered " + response.statusCode() + ": " + response.body());
    }
    return response.body();
  }

  static JsonNode json(String url) throws IOException, InterruptedException {
    String text = text(url);
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IOException(url + " answers with something else than JSON", e);
    }
  }
}
