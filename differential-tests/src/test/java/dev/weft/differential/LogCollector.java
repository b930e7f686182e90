package dev.weft.differential;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes logs by OTLP, and keeps the bodies that are texts. */
final class LogCollector implements AutoCloseable {

  /**
   * Of a body's text, by field numbers: ExportLogsServiceRequest.resource_logs, .scope_logs,
   * .log_records, .body, .string_value.
   */
  private static final List<Integer> TEXT = List.of(1, 2, 2, 5, 1);

  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final UnaryService service;

  private LogCollector(String address, int port) throws IOException {
    service =
        UnaryService.start(
            address,
            port,
            "opentelemetry.proto.collector.logs.v1.LogsService",
            "Export",
            message -> {
              take(UnknownFieldSet.parseFrom(message), TEXT);
              return new byte[0];
            });
  }

  static LogCollector start(String address, int port) throws IOException {
    return new LogCollector(address, port);
  }

  /** Those that begin so, in any order. */
  List<String> texts(String prefix) {
    return texts.stream().filter(text -> text.startsWith(prefix)).toList();
  }

  private void take(UnknownFieldSet message, List<Integer> path)
      throws InvalidProtocolBufferException {
    for (var value : message.getField(path.get(0)).getLengthDelimitedList()) {
      if (path.size() == 1) {
        texts.add(value.toStringUtf8());
      } else {
        take(UnknownFieldSet.parseFrom(value), path.subList(1, path.size()));
      }
    }
  }

  @Override
  public void close() {
    service.close();
  }
}
