package dev.weft.differential.http;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A connection that a server accepted, as its handler sees it: in plaintext, whatever is on the
 * wire.
 */
public class Connection {

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  public Connection(Socket socket) throws IOException {
    this(socket, socket.getInputStream(), socket.getOutputStream());
  }

  public Connection(Socket socket, InputStream in, OutputStream out) {
    this.socket = socket;
    this.in = new BufferedInputStream(in);
    this.out = out;
  }

  public final Socket socket() {
    return socket;
  }

  public final InputStream in() {
    return in;
  }

  public final OutputStream out() {
    return out;
  }
}
