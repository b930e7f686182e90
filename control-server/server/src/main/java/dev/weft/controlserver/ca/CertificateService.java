package dev.weft.controlserver.ca;

import dev.weft.controlserver.identity.Caller;
import dev.weft.controlserver.identity.Identity;
import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateResponse;
import dev.weft.xds.proto.IstioCertificateServiceGrpc.IstioCertificateServiceImplBase;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/** The certificate authority as Istio's agents call it: istio.v1.auth.IstioCertificateService. */
public final class CertificateService extends IstioCertificateServiceImplBase {
  private final CertificateAuthority authority;

  public CertificateService(CertificateAuthority authority) {
    this.authority = authority;
  }

  @Override
  public void createCertificate(
      IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> response) {
    Identity caller;
    try {
      caller = Caller.current().required();
    } catch (StatusRuntimeException e) {
      authority.countUnauthenticated();
      response.onError(e);
      return;
    }
    try {
      response.onNext(
          IstioCertificateResponse.newBuilder()
              .addAllCertChain(
                  authority.issue(caller, request.getCsr(), request.getValidityDuration()))
              .build());
      response.onCompleted();
    } catch (RequestRefused e) {
      response.onError(
          Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
    }
  }
}
