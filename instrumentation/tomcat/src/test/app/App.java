import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerEndpoint;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.util.Collections;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProcessor;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.websocket.server.WsSci;

/** An application that knows nothing of Weft. Compiled by the test for each version of Tomcat. */
public final class App {

  public static void main(String[] arguments) throws Exception {
    File base = new File(arguments[0]);
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(base.getPath());
    Connector plain = connector("org.apache.coyote.http11.Http11NioProtocol");
    plain.addUpgradeProtocol(new Http2Protocol());
    Connector http1 = connector("org.apache.coyote.http11.Http11NioProtocol");
    http1.setProperty("connectionTimeout", "2000");
    Connector tls = connector("org.apache.coyote.http11.Http11NioProtocol");
    tls.addUpgradeProtocol(new Http2Protocol());
    tls.setSecure(true);
    tls.setScheme("https");
    tls.setProperty("SSLEnabled", "true");
    SSLHostConfig host = new SSLHostConfig();
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
    certificate.setCertificateKeystoreFile(new File(base, "application.p12").getPath());
    certificate.setCertificateKeystorePassword("changeit");
    certificate.setCertificateKeystoreType("PKCS12");
    host.addCertificate(certificate);
    tls.addSslHostConfig(host);
    Connector nio2 = connector("org.apache.coyote.http11.Http11Nio2Protocol");
    Connector pausing = connector(Pausing.class.getName());

    Context context = tomcat.addContext("", new File(base, "www").getPath());
    Tomcat.addServlet(context, "report", new Report());
    context.addServletMappingDecoded("/report", "report");
    Tomcat.addServlet(context, "echo", new Echo());
    context.addServletMappingDecoded("/echo", "echo");
    Tomcat.addServlet(context, "nonblocking", new NonBlocking()).setAsyncSupported(true);
    context.addServletMappingDecoded("/nonblocking", "nonblocking");
    Tomcat.addServlet(context, "async", new Async()).setAsyncSupported(true);
    context.addServletMappingDecoded("/async", "async");
    Tomcat.addServlet(context, "endless", new Endless());
    context.addServletMappingDecoded("/endless", "endless");
    Tomcat.addServlet(context, "files", new DefaultServlet());
    context.addServletMappingDecoded("/", "files");
    context.addServletContainerInitializer(new WsSci(), Set.of(WebsocketEcho.class));

    for (Connector connector : new Connector[] {plain, http1, tls, nio2, pausing}) {
      tomcat.getService().addConnector(connector);
    }
    tomcat.start();
    System.out.println(
        "ports "
            + plain.getLocalPort()
            + " "
            + http1.getLocalPort()
            + " "
            + tls.getLocalPort()
            + " "
            + nio2.getLocalPort()
            + " "
            + pausing.getLocalPort());
    tomcat.getServer().await();
  }

  /** Is found to be paused whenever the first line of a request was read. One at a time. */
  public static final class Pausing extends Http11NioProtocol {
    private volatile AbstractProcessor processor;

    @Override
    protected Processor createProcessor() {
      processor = (AbstractProcessor) super.createProcessor();
      return processor;
    }

    @Override
    public boolean isPaused() {
      return processor != null && !processor.getRequest().requestURI().isNull();
    }
  }

  private static Connector connector(String protocol) {
    Connector connector = new Connector(protocol);
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    return connector;
  }

  private static String context() {
    return ((Supplier<?>) System.getProperties().get("weft.test.context")).get().toString();
  }

  /** Tells what an application sees of a request. */
  public static final class Report extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentType("text/plain");
      response.getWriter().println("scheme " + request.getScheme());
      response.getWriter().println("secure " + request.isSecure());
      response.getWriter().println("attributes " + Collections.list(request.getAttributeNames()));
      response
          .getWriter()
          .println("certificate " + request.getAttribute("jakarta.servlet.request.X509Certificate"));
      response
          .getWriter()
          .println("cipher " + request.getAttribute("jakarta.servlet.request.cipher_suite"));
      response.getWriter().println("protocol " + request.getProtocol());
      response.getWriter().println("remote " + request.getRemoteAddr());
      response.getWriter().println("remotePort " + request.getRemotePort());
      response.getWriter().println("localPort " + request.getLocalPort());
      response.getWriter().println("url " + request.getRequestURL());
      response.getWriter().println("added " + request.getHeader("x-added"));
      response.getWriter().println("secret " + request.getHeader("x-secret"));
      response
          .getWriter()
          .println("query " + request.getQueryString() + " " + request.getParameterMap().keySet());
      response
          .getWriter()
          .println(
              "peer "
                  + request.getHeader("x-envoy-peer-metadata")
                  + Collections.list(request.getHeaders("X-Envoy-Peer-Metadata-Id"))
                  + Collections.list(request.getHeaderNames()).stream()
                      .filter(name -> name.toLowerCase().contains("peer"))
                      .toList());
      response.getWriter().println("context " + context());
    }
  }

  /** Answers with the request's body, piece by piece. */
  public static final class Echo extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      byte[] piece = new byte[1000];
      for (int n; (n = request.getInputStream().read(piece)) >= 0; ) {
        response.getOutputStream().write(piece, 0, n);
        response.flushBuffer();
      }
    }
  }

  /** Answers with what it has read without blocking. */
  public static final class NonBlocking extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      AsyncContext async = request.startAsync();
      ServletInputStream in = request.getInputStream();
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      in.setReadListener(
          new ReadListener() {
            @Override
            public void onDataAvailable() throws IOException {
              byte[] piece = new byte[1000];
              while (in.isReady() && !in.isFinished()) {
                int n = in.read(piece);
                if (n > 0) {
                  read.write(piece, 0, n);
                }
              }
            }

            @Override
            public void onAllDataRead() throws IOException {
              response.setContentLength(read.size());
              response.getOutputStream().write(read.toByteArray());
              async.complete();
            }

            @Override
            public void onError(Throwable failure) {
              async.complete();
            }
          });
    }
  }

  /** Answers from a thread of its own, after a dispatch. */
  public static final class Async extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (request.getAttribute("again") != null) {
        response.getWriter().print("async " + context());
        return;
      }
      request.setAttribute("again", true);
      AsyncContext async = request.startAsync();
      if (request.getParameter("endless") != null) {
        new Thread(() -> write(async)).start();
      } else if (request.getParameter("never") != null) {
        async.setTimeout(200);
      } else {
        new Thread(() -> async.dispatch("/async")).start();
      }
    }
  }

  private static void write(AsyncContext async) {
    byte[] piece = new byte[100_000];
    try {
      while (true) {
        async.getResponse().getOutputStream().write(piece);
        async.getResponse().flushBuffer();
      }
    } catch (IOException e) {
      async.complete();
    }
  }

  /** Writes until nobody listens any more. */
  public static final class Endless extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      byte[] piece = new byte[100_000];
      while (true) {
        response.getOutputStream().write(piece);
        response.flushBuffer();
      }
    }
  }

  @ServerEndpoint("/websocket")
  public static final class WebsocketEcho {
    @OnMessage
    public String echo(String text) {
      return text;
    }
  }
}
