package dev.weft.instrumentation.tomcat;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.apache.coyote.AbstractProcessor;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ActionHook;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * What Tomcat's own packages see of each other and we wouldn't. A Tomcat without one of these
 * members fails this class's initialization, and with it every guard: its ports stay unguarded.
 */
final class TomcatInternals {

  private static final MethodHandle LOCAL_ADDRESS;
  private static final MethodHandle ENDPOINT;
  private static final MethodHandle REPLACE_CHANNEL;
  private static final VarHandle NETWORK_INPUT;
  private static final MethodHandle PROTOCOL;
  private static final VarHandle PROCESSOR;
  private static final MethodHandle CONNECTION;

  static {
    try {
      LOCAL_ADDRESS =
          privately(AbstractEndpoint.class)
              .findVirtual(
                  AbstractEndpoint.class,
                  "getLocalAddress",
                  MethodType.methodType(InetSocketAddress.class));
      Lookup wrapper = privately(SocketWrapperBase.class);
      ENDPOINT =
          wrapper.findVirtual(
              SocketWrapperBase.class,
              "getEndpoint",
              MethodType.methodType(AbstractEndpoint.class));
      REPLACE_CHANNEL =
          wrapper.findVirtual(
              SocketWrapperBase.class, "reset", MethodType.methodType(void.class, Object.class));
      NETWORK_INPUT =
          privately(SecureNioChannel.class)
              .findVarHandle(SecureNioChannel.class, "netInBuffer", ByteBuffer.class);
      Lookup protocol = privately(AbstractProtocol.class);
      Class<?> handler = protocol.findClass("org.apache.coyote.AbstractProtocol$ConnectionHandler");
      PROTOCOL =
          MethodHandles.privateLookupIn(handler, MethodHandles.lookup())
              .findVirtual(handler, "getProtocol", MethodType.methodType(AbstractProtocol.class))
              .asType(MethodType.methodType(AbstractProtocol.class, Object.class));
      PROCESSOR = privately(Request.class).findVarHandle(Request.class, "hook", ActionHook.class);
      CONNECTION =
          privately(AbstractProcessor.class)
              .findVirtual(
                  AbstractProcessor.class,
                  "getSocketWrapper",
                  MethodType.methodType(SocketWrapperBase.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private TomcatInternals() {}

  private static Lookup privately(Class<?> type) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(type, MethodHandles.lookup());
  }

  /** What the endpoint is bound to; null if that is a Unix domain socket. */
  static @Nullable InetSocketAddress localAddress(AbstractEndpoint<?, ?> endpoint) {
    try {
      return (InetSocketAddress) LOCAL_ADDRESS.invokeExact(endpoint);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static NioEndpoint endpoint(NioSocketWrapper connection) {
    return (NioEndpoint) endpoint(base(connection));
  }

  static AbstractEndpoint<?, ?> endpoint(SocketWrapperBase<?> connection) {
    try {
      return (AbstractEndpoint<?, ?>) ENDPOINT.invokeExact(connection);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Makes {@code channel} the one through which the connection reads and writes. */
  static void replaceChannel(NioSocketWrapper connection, NioChannel channel) {
    try {
      REPLACE_CHANNEL.invokeExact(base(connection), (Object) channel);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** What was received and not yet decrypted: ready to be appended to. */
  static ByteBuffer networkInput(SecureNioChannel channel) {
    return (ByteBuffer) NETWORK_INPUT.get(channel);
  }

  static void setNetworkInput(SecureNioChannel channel, ByteBuffer buffer) {
    NETWORK_INPUT.set(channel, buffer);
  }

  /** What the endpoint serves; null if it is something of its own making. */
  static @Nullable AbstractProtocol<?> protocol(NioEndpoint endpoint) {
    Object handler = endpoint.getHandler();
    try {
      return (AbstractProtocol<?>) PROTOCOL.invokeExact(handler);
    } catch (ClassCastException e) {
      return null;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Who serves the request. */
  static ActionHook processor(Request request) {
    return (ActionHook) PROCESSOR.getVolatile(request);
  }

  /** Has the request served by another, which its own is behind. */
  static void setProcessor(Request request, ActionHook processor) {
    PROCESSOR.setVolatile(request, processor);
  }

  /** The connection by which a request came; null if it came by none, or it has ended. */
  static @Nullable SocketWrapperBase<?> connection(Request request) {
    if ((ActionHook) PROCESSOR.getVolatile(request) instanceof AbstractProcessor processor) {
      try {
        return (SocketWrapperBase<?>) CONNECTION.invokeExact(processor);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }
    return null;
  }

  private static SocketWrapperBase<?> base(NioSocketWrapper connection) {
    return connection;
  }

  private static IllegalStateException unexpected(Throwable e) {
    return new IllegalStateException("Tomcat isn't as expected", e);
  }
}
