package dev.weft.differential.proxy;

import dev.weft.engine.Deadline;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.Telemetry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object on a line of its own for each request, with the fields that Envoy is told to log.
 */
final class AccessLog implements Telemetry, AutoCloseable {

  private final PrintWriter out;

  private AccessLog(PrintWriter out) {
    this.out = out;
  }

  static AccessLog to(Path file) throws IOException {
    return new AccessLog(
        new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), true));
  }

  @Override
  public void close() {
    out.close();
  }

  private void line(
      @Nullable String id,
      String flags,
      int attempts,
      @Nullable String cluster,
      @Nullable String route) {
    out.println(
        String.format(
            "{\"id\":\"%s\",\"flags\":\"%s\",\"attempts\":%d,\"cluster\":\"%s\",\"route\":\"%s\"}",
            id, flags, attempts, cluster == null ? "-" : cluster, route == null ? "-" : route));
  }

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    return new Outbound(request.header("x-case"));
  }

  private final class Outbound implements OutboundObservation {

    private final @Nullable String id;
    private ResponseFlags flags = ResponseFlags.NONE;
    private int attempts;

    Outbound(@Nullable String id) {
      this.id = id;
    }

    @Override
    public void flagged(ResponseFlag flag) {
      flags = flags.and(flag);
    }

    @Override
    public AttemptObservation attempt(
        int number, String routeName, String clusterName, Endpoint endpoint, boolean mutualTls) {
      attempts = number;
      return Unobserved.INSTANCE;
    }

    @Override
    public void ended(
        int status,
        ResponseFlag flag,
        @Nullable String routeName,
        @Nullable String clusterName,
        @Nullable Endpoint endpoint,
        boolean mutualTls,
        @Nullable String peerId) {
      line(id, flags.and(flag).code(), attempts, clusterName, routeName);
    }
  }

  private enum Unobserved implements AttemptObservation {
    INSTANCE;

    @Override
    public HeaderEdits requestHeaders() {
      return HeaderEdits.NONE;
    }

    @Override
    public void responded(int status, HeaderSource headers) {}

    @Override
    public void ended(@Nullable Throwable failure, ResponseFlag flag) {}
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    String id = request.header("x-case");
    return new InboundObservation() {
      @Override
      public RequestContext context() {
        return new RequestContext(null, Deadline.NONE);
      }

      @Override
      public void ended(
          int status, ResponseFlag flag, @Nullable String policy, @Nullable Throwable failure) {
        line(id, flag.code(), 0, null, null);
      }
    };
  }
}
