package dev.weft.differential;

import com.google.protobuf.TextFormat;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPRequestProperties;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPResponseProperties;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Takes logs by Envoy's Access Log Service. Of each entry it keeps what both sides can have: no
 * times, and in process neither a connection's protocol nor the size of an answer that is an
 * exception.
 */
final class AccessLogService implements AutoCloseable {

  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final UnaryService service;

  private AccessLogService(String address, int port) throws IOException {
    service =
        UnaryService.startTaking(
            address,
            port,
            "envoy.service.accesslog.v3.AccessLogService",
            "StreamAccessLogs",
            message ->
                StreamAccessLogsMessage.parseFrom(message)
                    .getHttpLogs()
                    .getLogEntryList()
                    .forEach(entry -> texts.add(text(entry))));
  }

  static AccessLogService start(String address, int port) throws IOException {
    return new AccessLogService(address, port);
  }

  /** Those that begin so, in any order. */
  List<String> texts(String prefix) {
    return texts.stream().filter(text -> text.startsWith(prefix)).toList();
  }

  private static String text(HTTPAccessLogEntry entry) {
    AccessLogCommon common = entry.getCommonProperties();
    HTTPRequestProperties request = entry.getRequest();
    HTTPResponseProperties response = entry.getResponse();
    HTTPAccessLogEntry compared =
        HTTPAccessLogEntry.newBuilder()
            .setCommonProperties(
                AccessLogCommon.newBuilder()
                    .setUpstreamRemoteAddress(common.getUpstreamRemoteAddress())
                    .setUpstreamCluster(common.getUpstreamCluster())
                    .setResponseFlags(common.getResponseFlags())
                    .setRouteName(common.getRouteName())
                    .setUpstreamRequestAttemptCount(common.getUpstreamRequestAttemptCount()))
            .setRequest(
                HTTPRequestProperties.newBuilder()
                    .setRequestMethod(request.getRequestMethod())
                    .setScheme(request.getScheme())
                    .setAuthority(request.getAuthority())
                    .setPath(request.getPath())
                    .setUserAgent(request.getUserAgent())
                    .setReferer(request.getReferer())
                    .setOriginalPath(request.getOriginalPath())
                    .setRequestBodyBytes(request.getRequestBodyBytes())
                    .putAllRequestHeaders(request.getRequestHeadersMap()))
            .setResponse(
                HTTPResponseProperties.newBuilder()
                    .setResponseCode(response.getResponseCode())
                    .setResponseCodeDetails(response.getResponseCodeDetails())
                    .putAllResponseHeaders(response.getResponseHeadersMap()))
            .build();
    return request.getRequestHeadersOrDefault("x-case", "")
        + " "
        + TextFormat.printer().shortDebugString(compared);
  }

  @Override
  public void close() {
    service.close();
  }
}
