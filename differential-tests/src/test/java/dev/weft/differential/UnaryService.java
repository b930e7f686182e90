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
import org.jspecify.annotations.Nullable;

/** A gRPC service of one method, that both sides ask. */
final class UnaryService implements AutoCloseable {

  /** Answers a message; with null, the call fails. */
  @FunctionalInterface
  interface Method {
    byte @Nullable [] answer(byte[] message) throws IOException;
  }

  private final Server server;

  private UnaryService(Server server) {
    this.server = server;
  }

  static UnaryService start(String address, int port, String service, String name, Method method)
      throws IOException {
    MethodDescriptor<byte[], byte[]> descriptor =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName(service + "/" + name)
            .setRequestMarshaller(Bytes.INSTANCE)
            .setResponseMarshaller(Bytes.INSTANCE)
            .build();
    return new UnaryService(
        OkHttpServerBuilder.forPort(
                new InetSocketAddress(address, port), InsecureServerCredentials.create())
            .addService(
                ServerServiceDefinition.builder(service)
                    .addMethod(descriptor, (call, headers) -> answering(call, method))
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
