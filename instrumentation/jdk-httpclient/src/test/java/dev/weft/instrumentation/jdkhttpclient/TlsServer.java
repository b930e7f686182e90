package dev.weft.instrumentation.jdkhttpclient;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.AbstractHttp11JsseProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/**
 * An HTTPS server, h2 if the client wants, that asks for a client certificate and answers with who
 * the client is. {@code /status/503} answers with that status, {@code /redirect} redirects to
 * {@code /end}, {@code /hang} doesn't answer.
 */
final class TlsServer implements AutoCloseable {

  record Seen(String protocol, String host, String pathAndQuery, String body) {}

  private static final Logger TOMCATS = Logger.getLogger("org.apache");

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Tomcat tomcat = new Tomcat();
  private final Connector connector = new Connector();

  TlsServer(TestTls tls, Path folder) throws IOException, LifecycleException {
    TOMCATS.setLevel(Level.SEVERE);
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setProperty("SSLEnabled", "true");
    SSLHostConfig config = new SSLHostConfig();
    config.setCertificateVerification("optional");
    config.setTrustStore(TestTls.trusting(tls.client));
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(config, SSLHostConfigCertificate.Type.EC);
    certificate.setCertificateKeystore(tls.server);
    certificate.setCertificateKeystorePassword(new String(TestTls.PASSWORD));
    config.addCertificate(certificate);
    connector.addSslHostConfig(config);
    connector.addUpgradeProtocol(new Http2Protocol());
    ((AbstractHttp11JsseProtocol<?>) connector.getProtocolHandler()).setMaxKeepAliveRequests(-1);
    tomcat.setBaseDir(Files.createTempDirectory(folder, "tomcat").toString());
    tomcat.setConnector(connector);
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "all", new Answering());
    context.addServletMappingDecoded("/*", "all");
    tomcat.start();
  }

  int port() {
    return connector.getLocalPort();
  }

  boolean saw(String pathAndQuery) {
    return seen.stream().anyMatch(each -> each.pathAndQuery().equals(pathAndQuery));
  }

  private static String pathAndQuery(HttpServletRequest request) {
    String query = request.getQueryString();
    return request.getRequestURI() + (query == null ? "" : "?" + query);
  }

  @Override
  public void close() throws LifecycleException {
    closing.countDown();
    tomcat.stop();
    tomcat.destroy();
  }

  @SuppressWarnings("serial") // never serialized
  private final class Answering extends HttpServlet {

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      clientPorts.add(request.getRemotePort());
      seen.add(
          new Seen(
              request.getProtocol(),
              request.getHeader("host"),
              pathAndQuery(request),
              new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8)));
      String path = request.getRequestURI();
      if (path.startsWith("/status/")) {
        response.setStatus(Integer.parseInt(path.substring("/status/".length())));
      } else if (path.equals("/redirect")) {
        response.sendRedirect("/end");
        return;
      } else if (path.equals("/hang")) {
        try {
          closing.await();
        } catch (InterruptedException e) {
          return;
        }
      }
      var certificates =
          (X509Certificate[]) request.getAttribute("jakarta.servlet.request.X509Certificate");
      response
          .getWriter()
          .write(
              certificates == null
                  ? "anonymous"
                  : certificates[0].getSubjectX500Principal().getName());
    }
  }
}
