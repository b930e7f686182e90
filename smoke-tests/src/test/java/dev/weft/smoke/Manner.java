package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.smoke.RawConnection.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** In which manner a server answers, and how to see on one connection that it does so unharmed. */
enum Manner {
  KEEP_ALIVE {
    @Override
    void check(RawConnection connection) throws IOException {
      for (int i = 0; i < 50; i++) {
        assertThat(connection.get("/hello?n=" + i).body()).isEqualTo("hello " + i);
      }
    }
  },
  PIPELINING {
    @Override
    void check(RawConnection connection) throws IOException {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        requests.append(RawConnection.request("/hello?n=" + i));
      }
      connection.send(requests.toString());
      for (int i = 0; i < 20; i++) {
        assertThat(connection.response().body()).isEqualTo("hello " + i);
      }
    }
  },
  CHUNKED {
    @Override
    void check(RawConnection connection) throws IOException {
      for (int i = 0; i < 5; i++) {
        Response response = connection.get("/chunked?pieces=100");
        assertThat(response.headers()).containsEntry("transfer-encoding", "chunked");
        assertThat(response.body()).hasLineCount(100).startsWith("piece 0\n").endsWith("99\n");
        connection.send(
            RawConnection.head(
                "POST /echo", "Content-Type: text/plain", "Transfer-Encoding: chunked"));
        connection.send("6\r\nspindl\r\n");
        connection.send("a\r\ne, shuttle\r\n0\r\n\r\n");
        assertThat(connection.response().body()).isEqualTo("spindle, shuttle");
      }
    }
  },
  WEBSOCKET {
    @Override
    void check(RawConnection connection) throws IOException {
      connection.send(
          RawConnection.head(
              "GET /socket",
              "Connection: Upgrade",
              "Upgrade: websocket",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: d2VmdCB3ZWZ0IHdlZnQgIQ=="));
      assertThat(connection.response().status()).isEqualTo(101);
      byte[] text = "shuttle".getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 10; i++) {
        // RFC 6455, 5.2: a final text frame, masked by zeros; the answer has no mask.
        byte[] frame = new byte[6 + text.length];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | text.length);
        System.arraycopy(text, 0, frame, 6, text.length);
        connection.send(frame);
        assertThat(connection.exactly(2)).containsExactly(0x81, text.length);
        assertThat(connection.exactly(text.length)).isEqualTo(text);
      }
    }
  },
  SENDFILE {
    @Override
    void check(RawConnection connection) throws IOException {
      for (int i = 0; i < 3; i++) {
        Response response = connection.get("/file");
        assertThat(response.headers()).containsEntry("x-sent", "sendfile");
        assertThat(response.body()).isEqualTo("f".repeat(1_000_000));
      }
      assertThat(connection.get("/hello?n=1").body()).isEqualTo("hello 1");
    }
  },
  ASYNC {
    @Override
    void check(RawConnection connection) throws IOException {
      for (int i = 0; i < 20; i++) {
        assertThat(connection.get("/async").body()).isEqualTo("async");
      }
    }
  };

  abstract void check(RawConnection connection) throws IOException;
}
