package dev.weft.instrumentation.httpurlconnection;

import static java.lang.invoke.MethodType.methodType;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.Proxy;
import java.net.Socket;
import java.net.URL;
import org.jspecify.annotations.Nullable;
import sun.net.NetworkClient;
import sun.net.www.MessageHeader;
import sun.net.www.http.HttpClient;
import sun.net.www.http.PosterOutputStream;
import sun.net.www.protocol.http.HttpURLConnection;

/** The JDK's members that Java code can't name, resolved once. */
final class Jdk {

  private static final MethodHandle NEW_CLIENT;
  private static final MethodHandle DO_CONNECT;
  private static final MethodHandle PARSE;
  private static final MethodHandle WRITE;
  private static final VarHandle CONNECTED;
  private static final VarHandle DEFAULT_CONNECT_TIMEOUT;
  private static final VarHandle DEFAULT_READ_TIMEOUT;
  private static final VarHandle HTTP;
  private static final VarHandle OUTPUT;
  private static final VarHandle POSTER;
  private static final VarHandle READ_TIMEOUT;
  private static final VarHandle REQUESTS;
  private static final VarHandle RESPONSES;

  static {
    try {
      MethodHandles.Lookup here = MethodHandles.lookup();
      MethodHandles.Lookup connection =
          MethodHandles.privateLookupIn(HttpURLConnection.class, here);
      MethodHandles.Lookup client = MethodHandles.privateLookupIn(HttpClient.class, here);
      NEW_CLIENT =
          connection.findVirtual(
              HttpURLConnection.class,
              "getNewHttpClient",
              methodType(HttpClient.class, URL.class, Proxy.class, int.class, boolean.class));
      DO_CONNECT =
          client.findVirtual(
              HttpClient.class, "doConnect", methodType(Socket.class, String.class, int.class));
      PARSE = parse(client);
      WRITE =
          connection.findVirtual(HttpURLConnection.class, "writeRequests", methodType(void.class));
      MethodHandles.Lookup network = MethodHandles.privateLookupIn(NetworkClient.class, here);
      DEFAULT_CONNECT_TIMEOUT =
          network.findStaticVarHandle(NetworkClient.class, "defaultConnectTimeout", int.class);
      DEFAULT_READ_TIMEOUT =
          network.findStaticVarHandle(NetworkClient.class, "defaultSoTimeout", int.class);
      CONNECTED = connection.findVarHandle(HttpURLConnection.class, "connected", boolean.class);
      HTTP = connection.findVarHandle(HttpURLConnection.class, "http", HttpClient.class);
      OUTPUT = connection.findVarHandle(HttpURLConnection.class, "ps", PrintStream.class);
      READ_TIMEOUT = connection.findVarHandle(HttpURLConnection.class, "readTimeout", int.class);
      POSTER =
          connection.findVarHandle(HttpURLConnection.class, "poster", PosterOutputStream.class);
      REQUESTS = connection.findVarHandle(HttpURLConnection.class, "requests", MessageHeader.class);
      RESPONSES =
          connection.findVarHandle(HttpURLConnection.class, "responses", MessageHeader.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Jdk() {}

  /** {@code (HttpClient, MessageHeader, HttpURLConnection, Object progress) → boolean} */
  private static MethodHandle parse(MethodHandles.Lookup client)
      throws ReflectiveOperationException {
    Class<?> progress = ParseHttp.progressSource();
    MethodHandle parse;
    if (progress == null) {
      MethodType type = methodType(boolean.class, MessageHeader.class, HttpURLConnection.class);
      parse =
          MethodHandles.dropArguments(
              client.findVirtual(HttpClient.class, "parseHTTP", type), 3, Object.class);
    } else {
      MethodType type =
          methodType(boolean.class, MessageHeader.class, progress, HttpURLConnection.class);
      MethodHandle withProgress = client.findVirtual(HttpClient.class, "parseHTTP", type);
      MethodType ordered =
          methodType(
              boolean.class,
              HttpClient.class,
              MessageHeader.class,
              HttpURLConnection.class,
              progress);
      parse = MethodHandles.permuteArguments(withProgress, ordered, 0, 1, 3, 2);
    }
    return parse.asType(
        methodType(
            boolean.class,
            HttpClient.class,
            MessageHeader.class,
            HttpURLConnection.class,
            Object.class));
  }

  /** As the JDK would get a client: from its cache, or by opening a connection. */
  static HttpClient newClient(
      HttpURLConnection connection,
      URL url,
      @Nullable Proxy proxy,
      int connectTimeout,
      boolean useCache)
      throws IOException {
    try {
      return (HttpClient) NEW_CLIENT.invokeExact(connection, url, proxy, connectTimeout, useCache);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static Socket doConnect(HttpClient client, String host, int port) throws IOException {
    try {
      return (Socket) DO_CONNECT.invokeExact(client, host, port);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  static boolean parse(
      HttpClient client,
      MessageHeader responses,
      HttpURLConnection connection,
      @Nullable Object progress)
      throws IOException {
    try {
      return (boolean) PARSE.invokeExact(client, responses, connection, progress);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Writes the request to the connection's client; may replace that by a new one. */
  static void write(HttpURLConnection connection) throws IOException {
    try {
      WRITE.invokeExact(connection);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * In milliseconds; 0: none.
   *
   * @param own the connection's; negative: not set
   */
  static int connectTimeout(int own) {
    return own < 0 ? (int) DEFAULT_CONNECT_TIMEOUT.get() : own;
  }

  /** In milliseconds; 0: none. */
  static int readTimeout(HttpURLConnection connection) {
    return readTimeout((int) READ_TIMEOUT.get(connection));
  }

  /** What the JDK gives a socket that it opens for this client; in milliseconds; 0: none. */
  static int readTimeout(HttpClient client) {
    return readTimeout(client.getReadTimeout());
  }

  private static int readTimeout(int own) {
    return Math.max(0, own < 0 ? (int) DEFAULT_READ_TIMEOUT.get() : own);
  }

  /** Has the connection use the client, with no response yet. */
  static void use(HttpURLConnection connection, HttpClient client) {
    client.setReadTimeout(readTimeout(connection));
    HTTP.set(connection, client);
    OUTPUT.set(connection, (PrintStream) client.getOutputStream());
    CONNECTED.set(connection, true);
    responses(connection).reset();
  }

  /** Whether nothing can be written to the connection any more. */
  static boolean isBroken(HttpURLConnection connection) {
    PrintStream output = (PrintStream) OUTPUT.get(connection);
    return output != null && output.checkError();
  }

  /** The client in use. */
  static @Nullable HttpClient client(HttpURLConnection connection) {
    return (HttpClient) HTTP.get(connection);
  }

  /**
   * What the application wrote; not to be had any more when the response was read.
   *
   * @return null if it isn't to be had, or is longer than the limit
   */
  static byte @Nullable [] body(HttpURLConnection connection, int limit) {
    PosterOutputStream written = (PosterOutputStream) POSTER.get(connection);
    if (written == null) {
      return connection.getDoOutput() ? null : new byte[0];
    }
    return written.size() > limit ? null : written.toByteArray();
  }

  /**
   * How long the body is that the application has written.
   *
   * @return -1 if it isn't held
   */
  static long bodyLength(HttpURLConnection connection) {
    PosterOutputStream written = (PosterOutputStream) POSTER.get(connection);
    if (written == null) {
      return connection.getDoOutput() ? -1 : 0;
    }
    return written.size();
  }

  static MessageHeader requests(HttpURLConnection connection) {
    return (MessageHeader) REQUESTS.get(connection);
  }

  static MessageHeader responses(HttpURLConnection connection) {
    return (MessageHeader) RESPONSES.get(connection);
  }

  /** Throws what the JDK's method threw; it declares no other checked exception. */
  private static IOException rethrown(Throwable thrown) {
    if (thrown instanceof IOException e) {
      return e;
    }
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
    return new IOException(thrown);
  }
}
