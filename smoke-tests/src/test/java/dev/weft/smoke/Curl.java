package dev.weft.smoke;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The real curl, as somebody outside the mesh would use it. */
final class Curl {

  /** curl's exit code when {@code -m} seconds are over. */
  static final int TIMED_OUT = 28;

  /** curl's exit code for a connection closed without an answer. */
  static final int EMPTY_REPLY = 52;

  /** curl's exit code for a connection reset. */
  static final int RECEIVE_ERROR = 56;

  /**
   * @param exit 0 if there was an answer
   * @param status of the answer; 0 if there was none
   */
  record Result(int exit, int status) {
    /** The connection was taken and closed unanswered. */
    boolean refused() {
      return exit == EMPTY_REPLY || exit == RECEIVE_ERROR;
    }
  }

  private Curl() {}

  static Result run(String url, String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                OutsideTool.require("curl"),
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--noproxy",
                "*",
                "-m",
                "10"));
    command.addAll(List.of(options));
    command.add(url);
    Process curl = new ProcessBuilder(command).start();
    curl.getOutputStream().close();
    String status =
        new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    return new Result(curl.waitFor(), Integer.parseInt(status));
  }
}
