package dev.weft.instrumentation.jdkhttpclient;

import java.net.InetSocketAddress;
import java.net.Proxy;

/**
 * What a request of the client carries for us, in the one field that the client itself has for how
 * a request reaches its server. The client asks only for HTTP proxies, so it sees none; and it
 * hands the field on to the requests that follow from a redirect or a challenge. So nothing has to
 * be looked up, and nothing can leak.
 */
abstract sealed class Carried extends Proxy permits Caller, Sending {

  private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("", 0);

  Carried() {
    super(Type.SOCKS, NOWHERE);
  }
}
