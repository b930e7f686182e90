package server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

@RestController
class ServerController {

  private static final int FILE_SIZE = 1_000_000;
  private static final String SENDFILE = "org.apache.tomcat.sendfile.";
  private static final String CERTIFICATE = ".servlet.request.X509Certificate";

  private final Path file;

  ServerController() throws IOException {
    byte[] content = new byte[FILE_SIZE];
    Arrays.fill(content, (byte) 'f');
    file = Files.createTempFile("sendfile", ".txt");
    file.toFile().deleteOnExit();
    Files.write(file, content);
  }

  /** With a Content-Length. */
  @GetMapping("/hello")
  String hello(@RequestParam(defaultValue = "0") int n) {
    return "hello " + n;
  }

  /** What the application sees of how it is called. */
  @GetMapping("/seen")
  String seen(WebRequest request) {
    return ServletUriComponentsBuilder.fromCurrentRequest().build().getScheme()
        + (request.isSecure() ? " secure" : "")
        + certificate(request, "javax")
        + certificate(request, "jakarta");
  }

  private static String certificate(WebRequest request, String api) {
    return request.getAttribute(api + CERTIFICATE, RequestAttributes.SCOPE_REQUEST) == null
        ? ""
        : " certificate";
  }

  /** In pieces, flushed one by one, from another thread. */
  @GetMapping("/chunked")
  ResponseEntity<StreamingResponseBody> chunked(@RequestParam int pieces) {
    return ResponseEntity.ok(
        out -> {
          for (int i = 0; i < pieces; i++) {
            out.write(("piece " + i + "\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
          }
        });
  }

  /** Whether others may let a request pass, which comes here as it came to them: with a pass. */
  @RequestMapping("/check/**")
  ResponseEntity<String> check(
      @RequestHeader(name = "x-pass", defaultValue = "none") String pass) {
    return pass.equals("good")
        ? ResponseEntity.ok().header("x-user", "alice").build()
        : ResponseEntity.status(HttpStatus.FORBIDDEN).header("x-reason", pass).body("no pass");
  }

  /** What came, however it came. */
  @PostMapping("/echo")
  String echo(@RequestBody String body) {
    return body;
  }

  /** An asynchronous request, completed by a thread that isn't Tomcat's. */
  @GetMapping("/async")
  CompletableFuture<String> async() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    new Thread(() -> answer.complete("async")).start();
    return answer;
  }

  /** By Tomcat's sendfile, if it says that it can; by hand otherwise. */
  @GetMapping("/file")
  ResponseEntity<byte[]> file(WebRequest request) throws IOException {
    int scope = RequestAttributes.SCOPE_REQUEST;
    if (!Boolean.TRUE.equals(request.getAttribute(SENDFILE + "support", scope))) {
      return ResponseEntity.ok().header("X-Sent", "copied").body(Files.readAllBytes(file));
    }
    request.setAttribute(SENDFILE + "filename", file.toRealPath().toString(), scope);
    request.setAttribute(SENDFILE + "start", 0L, scope);
    request.setAttribute(SENDFILE + "end", (long) FILE_SIZE, scope);
    return ResponseEntity.ok().header("X-Sent", "sendfile").contentLength(FILE_SIZE).build();
  }
}
