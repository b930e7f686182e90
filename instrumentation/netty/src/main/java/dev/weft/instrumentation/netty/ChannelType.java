package dev.weft.instrumentation.netty;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Netty's {@code Channel}, as far as the advice needs it. There are many copies of Netty, each with
 * package names of its own, so it is looked up, once for each class of channels.
 */
final class ChannelType {

  private static final String NETTY = "io.netty.";

  private static final ClassValue<Optional<ChannelType>> TYPES =
      new ClassValue<>() {
        @Override
        protected Optional<ChannelType> computeValue(Class<?> type) {
          try {
            return Optional.of(new ChannelType(type));
          } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
          }
        }
      };

  private final MethodHandle isOpen;
  private final MethodHandle isRegistered;
  private final MethodHandle localAddress;
  private final MethodHandle close;
  private final MethodHandle closeForcibly;
  private final MethodHandle addCloseListener;
  private final Class<?> listener;

  private ChannelType(Class<?> implementation) throws ReflectiveOperationException {
    String name = implementation.getName();
    int copy = name.indexOf(NETTY);
    if (copy < 0) {
      throw new ClassNotFoundException(name + " is in no copy of Netty");
    }
    String netty = name.substring(0, copy) + NETTY;
    ClassLoader loader = implementation.getClassLoader();
    Class<?> channel = Class.forName(netty + "channel.Channel", false, loader);
    Class<?> internals = Class.forName(netty + "channel.Channel$Unsafe", false, loader);
    Class<?> future = Class.forName(netty + "channel.ChannelFuture", false, loader);
    listener = Class.forName(netty + "util.concurrent.GenericFutureListener", false, loader);
    Lookup lookup = MethodHandles.publicLookup();

    MethodType flag = MethodType.methodType(boolean.class, Object.class);
    isOpen = method(lookup, channel, "isOpen", boolean.class).asType(flag);
    isRegistered = method(lookup, channel, "isRegistered", boolean.class).asType(flag);
    localAddress =
        method(lookup, channel, "localAddress", SocketAddress.class)
            .asType(MethodType.methodType(SocketAddress.class, Object.class));
    MethodType action = MethodType.methodType(void.class, Object.class);
    close = method(lookup, channel, "close", future).asType(action);
    closeForcibly =
        MethodHandles.filterReturnValue(
                method(lookup, channel, "unsafe", internals),
                method(lookup, internals, "closeForcibly", void.class))
            .asType(action);
    addCloseListener =
        MethodHandles.filterArguments(
                lookup.findVirtual(future, "addListener", MethodType.methodType(future, listener)),
                0,
                method(lookup, channel, "closeFuture", future))
            .asType(MethodType.methodType(void.class, Object.class, Object.class));
  }

  private static MethodHandle method(Lookup lookup, Class<?> type, String name, Class<?> returned)
      throws ReflectiveOperationException {
    return lookup.findVirtual(type, name, MethodType.methodType(returned));
  }

  /** Of this object; null if it is no channel that is understood. */
  static @Nullable ChannelType of(@Nullable Object channel) {
    return channel == null ? null : TYPES.get(channel.getClass()).orElse(null);
  }

  boolean isOpen(Object channel) {
    try {
      return (boolean) isOpen.invokeExact(channel);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  @Nullable SocketAddress localAddress(Object channel) {
    try {
      return (SocketAddress) localAddress.invokeExact(channel);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Closes it as its event loop does; or, if it has none yet, {@linkplain #discard as it is}. */
  void close(Object channel) {
    try {
      if ((boolean) isRegistered.invokeExact(channel)) {
        close.invokeExact(channel);
      } else {
        discard(channel);
      }
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Closes a channel that was never registered. */
  void discard(Object channel) {
    try {
      closeForcibly.invokeExact(channel);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Runs {@code task} when the channel has closed, and keeps it until then. */
  void whenClosed(Object channel, Runnable task) {
    try {
      MethodHandle run =
          MethodHandles.lookup()
              .bind(task, "run", MethodType.methodType(void.class))
              .asType(MethodType.methodType(void.class));
      Object told =
          MethodHandleProxies.asInterfaceInstance(
              listener, MethodHandles.dropArguments(run, 0, Object.class));
      addCloseListener.invokeExact(channel, told);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static IllegalStateException failed(Throwable e) {
    return new IllegalStateException("Netty isn't as expected", e);
  }
}
