package dev.weft.smoke;

import com.google.rpc.Status;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc.AuthorizationImplBase;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Lets requests pass that have {@code x-pass: good}, as any service of Envoy's API would. */
final class GrpcAuthorizer extends AuthorizationImplBase implements AutoCloseable {

  private static final int PERMISSION_DENIED = 7;

  private final List<CheckRequest> asked = new CopyOnWriteArrayList<>();
  private final Server server;

  private GrpcAuthorizer(int port) {
    server =
        Server.builder().http(port).service(GrpcService.builder().addService(this).build()).build();
  }

  static GrpcAuthorizer start(int port) {
    GrpcAuthorizer authorizer = new GrpcAuthorizer(port);
    authorizer.server.start().join();
    return authorizer;
  }

  @Override
  public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
    asked.add(request);
    String pass =
        request
            .getAttributes()
            .getRequest()
            .getHttp()
            .getHeadersMap()
            .getOrDefault("x-pass", "none");
    answer.onNext(pass.equals("good") ? allowed() : denied(pass));
    answer.onCompleted();
  }

  private static CheckResponse allowed() {
    return CheckResponse.newBuilder()
        .setOkResponse(
            OkHttpResponse.newBuilder().addResponseHeadersToAdd(header("x-user", "alice")))
        .build();
  }

  private static CheckResponse denied(String pass) {
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(PERMISSION_DENIED))
        .setDeniedResponse(
            DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.PaymentRequired))
                .addHeaders(header("x-reason", pass))
                .setBody("no pass"))
        .build();
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .build();
  }

  /** All questions so far. */
  List<CheckRequest> asked() {
    return asked;
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
