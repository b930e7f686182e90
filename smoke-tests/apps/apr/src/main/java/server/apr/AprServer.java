package server.apr;

import java.io.IOException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.AprLifecycleListener;
import org.apache.catalina.startup.Tomcat;

/** Tomcat by its APR connector, on {@code SERVER_PORT}; stopped when the JVM is. */
public final class AprServer {

  /** So few that connections which were closed and are still counted soon stop it. */
  private static final int MAX_CONNECTIONS = 10;

  private AprServer() {}

  public static void main(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.getServer().addLifecycleListener(new AprLifecycleListener());
    tomcat.getService().addConnector(connector());
    Context application = tomcat.addContext("", null);
    Tomcat.addServlet(application, "ok", new Ok());
    application.addServletMappingDecoded("/", "ok");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat)));
    tomcat.start();
    tomcat.getServer().await();
  }

  private static Connector connector() {
    Connector connector = new Connector("org.apache.coyote.http11.Http11AprProtocol");
    connector.setThrowOnFailure(true);
    connector.setPort(Integer.parseInt(System.getenv("SERVER_PORT")));
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("maxConnections", Integer.toString(MAX_CONNECTIONS));
    // What is kept alive ends when somebody else ends it.
    connector.setProperty("keepAliveTimeout", "-1");
    return connector;
  }

  private static void stop(Tomcat tomcat) {
    try {
      tomcat.stop();
      tomcat.destroy();
      // Tomcat's own log may be closed by now.
      System.out.println("stopped");
    } catch (LifecycleException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Ok extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print("ok");
    }
  }
}
