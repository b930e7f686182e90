package dev.weft.differential;

import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A gRPC service of one method, that both sides ask. */
final class UnaryService implements AutoCloseable {

  /** Answers a message; with null, the call fails. */
  @FunctionalInterface
  interface Method {
    byte @Nullable [] answer(byte[] message) throws IOException;
  }

  /** Takes a message. */
  @FunctionalInterface
  interface Taker {
    void take(byte[] message) throws IOException;
  }

  private final Server server;

  private UnaryService(Server server) {
    this.server = server;
  }

  static UnaryService start(String address, int port, String service, String name, Method method)
      throws IOException {
    return start(address, port, service, name, MethodType.UNARY, call -> answering(call, method));
  }

  /** Of a stream of messages, whose answer is empty. */
  static UnaryService startTaking(
      String address, int port, String service, String name, Taker taker) throws IOException {
    return start(
        address, port, service, name, MethodType.CLIENT_STREAMING, call -> taking(call, taker));
  }

  private static UnaryService start(
      String address,
      int port,
      String service,
      String name,
      MethodType type,
      Function<ServerCall<byte[], byte[]>, ServerCall.Listener<byte[]>> handler)
      throws IOException {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(type)
            .setFullMethodName(service + "/" + name)
            .setRequestMarshaller(Bytes.INSTANCE)
            .setResponseMarshaller(Bytes.INSTANCE)
            .build();
    return new UnaryService(
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(address, port), InsecureServerCredentials.create())
            .addService(
                ServerServiceDefinition.builder(service)
                    .addMethod(descriptor, (call, headers) -> handler.apply(call))
                    .build())
            .build()
            .start());
  }

  private static ServerCall.Listener<byte[]> answering(
      ServerCall<byte[], byte[]> call, Method method) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        try {
          byte[] answer = method.answer(message);
          if (answer == null) {
            call.close(Status.INTERNAL, new Metadata());
            return;
          }
          call.sendHeaders(new Metadata());
          call.sendMessage(answer);
          call.close(Status.OK, new Metadata());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static ServerCall.Listener<byte[]> taking(ServerCall<byte[], byte[]> call, Taker taker) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(byte[] message) {
        try {
          taker.take(message);
          call.request(1);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void onHalfClose() {
        call.sendHeaders(new Metadata());
        call.sendMessage(new byte[0]);
        call.close(Status.OK, new Metadata());
      }
    };
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
