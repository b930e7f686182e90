package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What anybody gets wrong is answered with a sentence, and an exit code of its own. */
class EverydayErrorsTest {

  @Test
  void nothingListens() throws IOException {
    try (Socket taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String port = Integer.toString(taken.getLocalPort());

      assertThat(error("config", "--port", port)).startsWith("weft config: nothing listens at ");
      assertThat(error("status", "--server", "http://127.0.0.1:" + port))
          .startsWith("weft status: nothing listens at ");
    }
  }

  @Test
  void thatIsNoUrl() {
    assertThat(error("status", "--server", "foo")).startsWith("weft status: not an http URL: foo");
  }

  @Test
  void thereIsNothingToAnalyze(@TempDir Path empty) {
    assertThat(error("analyze", empty.resolve("nowhere").toString()))
        .startsWith("weft analyze: no such file or directory: ");
    assertThat(error("analyze", empty.toString())).startsWith("weft analyze: no YAML files in ");
  }

  private static String error(String... arguments) {
    StringWriter error = new StringWriter();
    int exit = Weft.commandLine().setErr(new PrintWriter(error, true)).execute(arguments);

    assertThat(exit).isEqualTo(2);
    assertThat(error.toString()).hasLineCount(1);
    return error.toString();
  }
}
