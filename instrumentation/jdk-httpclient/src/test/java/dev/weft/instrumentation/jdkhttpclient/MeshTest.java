package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Mesh;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A fresh mesh for each test; afterwards no advice may have failed. */
abstract class MeshTest {

  final FakeMesh mesh = new FakeMesh();
  private final Deque<TestServer> servers = new ArrayDeque<>();
  private long failuresBefore;

  /** Advice failures that the test itself caused. */
  long expectedFailures;

  @BeforeEach
  void installMesh() {
    failuresBefore = WovenClient.failures();
    Mesh.install(mesh);
  }

  @AfterEach
  void checkAndClean() {
    servers.forEach(TestServer::close);
    assertThat(WovenClient.failures() - failuresBefore).isEqualTo(expectedFailures);
  }

  TestServer server(com.sun.net.httpserver.HttpHandler handler) {
    TestServer server = new TestServer(handler);
    servers.add(server);
    return server;
  }

  TestServer server(int status, String body) {
    TestServer server = TestServer.answering(status, body);
    servers.add(server);
    return server;
  }

  static HttpClient http1() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  static HttpRequest get(String uri) {
    return HttpRequest.newBuilder(URI.create(uri)).build();
  }
}
