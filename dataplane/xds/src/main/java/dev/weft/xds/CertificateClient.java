package dev.weft.xds;

import dev.weft.xds.proto.IstioCertificateRequest;
import dev.weft.xds.proto.IstioCertificateServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Has the workload's certificates signed: Istio's {@code IstioCertificateService}. */
public final class CertificateClient {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final ControlConnection connection;

  public CertificateClient(ControlConnection connection) {
    this.connection = connection;
  }

  /**
   * Blocks until the answer is there, 10 s at most.
   *
   * @param request PKCS#10, PEM; its subject and names are ignored
   * @param validitySeconds what is asked for; 0: the server's default
   * @return PEM: the leaf, then intermediates, the trusted root bundle last
   * @throws IOException if the server is away or refuses, or there is no token to be read
   */
  public List<String> sign(String request, long validitySeconds) throws IOException {
    connection.expectReachable();
    try {
      return List.copyOf(
          IstioCertificateServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
              .createCertificate(
                  IstioCertificateRequest.newBuilder()
                      .setCsr(request)
                      .setValidityDuration(validitySeconds)
                      .build())
              .getCertChainList());
    } catch (ControlConnection.NoToken e) {
      throw new IOException(e.getMessage(), e);
    } catch (StatusRuntimeException e) {
      throw new IOException(connection.address() + " signed no certificate: " + Failure.text(e), e);
    }
  }
}
