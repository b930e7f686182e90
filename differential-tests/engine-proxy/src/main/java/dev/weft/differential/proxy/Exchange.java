package dev.weft.differential.proxy;

import dev.weft.differential.http.Connection;
import dev.weft.differential.http.Field;
import dev.weft.differential.http.Head;
import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What both directions do with messages. */
final class Exchange {

  /** Each belongs to one connection (RFC 9110 §7.6.1), or is written anew with the body. */
  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "transfer-encoding", "content-length");

  private static final Set<Integer> WITHOUT_BODY = Set.of(204, 304);

  private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH", "OPTIONS");

  private Exchange() {}

  static HeaderSource source(Head head) {
    return new HeaderSource() {
      @Override
      public @Nullable String header(String name) {
        return head.field(name);
      }

      @Override
      public List<Header> headers() {
        return head.fields().stream().map(it -> new Header(it.name(), it.value())).toList();
      }
    };
  }

  static List<Field> edited(List<Field> fields, HeaderEdits edits) {
    List<Field> edited = new ArrayList<>();
    for (Field field : fields) {
      if (!HOP_BY_HOP.contains(field.name())
          && !edits.remove().contains(field.name())
          && edits.set().stream().noneMatch(set -> set.name().equals(field.name()))) {
        edited.add(field);
      }
    }
    edits.set().forEach(header -> edited.add(field(header)));
    edits.add().forEach(header -> edited.add(field(header)));
    return edited;
  }

  private static Field field(Header header) {
    return new Field(header.name(), header.value());
  }

  /** Hands a response on; the length of a body that isn't sent stays as it was told. */
  static void relay(Connection client, Head request, Head response, HeaderEdits edits, byte[] body)
      throws IOException {
    List<Field> fields = edited(response.fields(), edits);
    boolean sized = hasBody(request) && !WITHOUT_BODY.contains(response.status());
    String length = response.field("content-length");
    if (!sized && length != null) {
      fields.add(new Field("content-length", length));
    }
    write(client.out(), response.first(), fields, body, sized);
  }

  /** Whether the response to that request has one. */
  static boolean hasBody(Head request) {
    return !request.word(0).equals("HEAD");
  }

  /** Whether a library would give the body's length: also 0, of methods that have bodies. */
  static boolean sized(Head request) {
    return request.field("content-length") != null || WITH_BODY.contains(request.word(0));
  }

  /** Writes head and body at once, with the body's length where it may have one. */
  static void write(OutputStream out, String first, List<Field> fields, byte[] body, boolean sized)
      throws IOException {
    List<Field> all = new ArrayList<>(fields);
    if (sized) {
      all.add(new Field("content-length", Integer.toString(body.length)));
    }
    byte[] head = new Head(first, all).encoded();
    byte[] message = new byte[head.length + body.length];
    System.arraycopy(head, 0, message, 0, head.length);
    System.arraycopy(body, 0, message, head.length, body.length);
    out.write(message);
    out.flush();
  }

  static void respond(Connection client, int status, List<Field> fields, byte[] body)
      throws IOException {
    write(client.out(), statusLine(status), fields, body, true);
  }

  static void respond(Connection client, Head request, Answer answer) throws IOException {
    byte[] body = answer.content();
    List<Field> fields = edited(List.of(), new HeaderEdits(List.of(), List.of(), answer.headers()));
    if (hasBody(request) && !WITHOUT_BODY.contains(answer.status())) {
      respond(client, answer.status(), fields, body);
    } else {
      if (body.length > 0) {
        fields.add(new Field("content-length", Integer.toString(body.length)));
      }
      write(client.out(), statusLine(answer.status()), fields, new byte[0], false);
    }
  }

  private static String statusLine(int status) {
    return "HTTP/1.1 " + status + " Weft";
  }
}
