package dev.weft.xds;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Proves who the workload is. Asked anew for each stream and call, since tokens are replaced. */
@FunctionalInterface
public interface TokenSource {

  /** RFC 6750 §2.1, b64token. */
  Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  /** No proof at all. */
  TokenSource NONE = () -> null;

  /**
   * @return a bearer token; null to send none
   */
  @Nullable String token() throws IOException;

  /**
   * The content of WEFT_TOKEN_FILE, without surrounding blanks. Anything but one word in ASCII is
   * no token: it is not sent, and the exception doesn't say what it was.
   */
  static TokenSource file(Path file) {
    SettingFile source = new SettingFile("WEFT_TOKEN_FILE", file);
    return () -> {
      String token = new String(source.read(), StandardCharsets.US_ASCII).strip();
      if (!TOKEN.matcher(token).matches()) {
        throw source.unusable("does not hold a token", null);
      }
      return token;
    };
  }
}
