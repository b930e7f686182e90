package dev.weft.differential;

import dev.weft.differential.http.Field;
import dev.weft.differential.http.Head;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Sends calls, each on a connection of its own. */
final class Caller {

  private static final int TIMEOUT_MILLIS = 20_000;

  private final Upstreams upstreams;
  private final Certificates certificates;

  Caller(Upstreams upstreams, Certificates certificates) {
    this.upstreams = upstreams;
    this.certificates = certificates;
  }

  Outcome call(Side side, int port, Call call, String id, AccessLog log) {
    String caseId = side.caseId(id);
    int status = 0;
    List<Field> headers = List.of();
    String body = "";
    try (Socket tcp = new Socket(side.address, port, InetAddress.getByName(call.from()), 0)) {
      tcp.setSoTimeout(TIMEOUT_MILLIS);
      Socket socket = secured(tcp, call);
      socket.getOutputStream().write(request(call, caseId));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Head head = Head.read(in);
      if (head == null) {
        throw new EOFException("no response");
      }
      byte[] bytes = call.line().startsWith("HEAD ") ? new byte[0] : head.readBody(in, false);
      status = head.status();
      headers = head.fields();
      body = new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      body = "no response";
    }
    AccessLogLine line = status == 0 && !call.logged() ? AccessLogLine.NONE : log.line(caseId);
    upstreams.await(caseId, call.seen());
    return new Outcome(status, headers, body, upstreams.seen(caseId), line);
  }

  boolean arrived(String caseId) {
    return !upstreams.seen(caseId).isEmpty();
  }

  private Socket secured(Socket tcp, Call call) throws IOException {
    String identity = call.identity();
    if (identity == null) {
      return tcp;
    }
    SSLSocket socket =
        (SSLSocket)
            certificates
                .client(identity)
                .getSocketFactory()
                .createSocket(tcp, null, tcp.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"istio-http/1.1", "istio"});
    if (!call.sni().isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(call.sni())));
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static byte[] request(Call call, String caseId) throws IOException {
    List<Field> fields = new ArrayList<>(call.headers());
    fields.add(new Field("x-case", caseId));
    String body = call.body();
    if (body != null) {
      fields.add(new Field("content-length", Integer.toString(body.length())));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(new Head(call.line() + " HTTP/1.1", fields).encoded());
    bytes.write((body == null ? "" : body).getBytes(StandardCharsets.US_ASCII));
    return bytes.toByteArray();
  }
}
