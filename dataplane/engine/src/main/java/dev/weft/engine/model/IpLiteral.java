package dev.weft.engine.model;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Addresses as text. Nothing is ever looked up. */
public final class IpLiteral {

  private static final int LONGEST = 45;

  private IpLiteral() {}

  /**
   * @return null if the text isn't an address; a name never is
   */
  public static @Nullable InetAddress parse(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return null;
    }
    boolean colon = text.indexOf(':') >= 0;
    return colon ? ofVersion6(text) : ofVersion4(text);
  }

  private static @Nullable InetAddress ofVersion4(String text) {
    byte[] bytes = new byte[4];
    int at = 0;
    for (int i = 0; i < bytes.length; i++) {
      int start = at;
      int value = 0;
      while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
        value = value * 10 + text.charAt(at) - '0';
        at++;
      }
      boolean last = i == bytes.length - 1;
      boolean separated = last ? at == text.length() : at < text.length() && text.charAt(at) == '.';
      boolean octal = at - start > 1 && text.charAt(start) == '0';
      if (at == start || value > 255 || octal || !separated) {
        return null;
      }
      bytes[i] = (byte) value;
      at++;
    }
    return address(bytes);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static @Nullable InetAddress ofVersion6(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.digit(c, 16) < 0 && c != ':' && (c != '.' || i == 0)) {
        return null;
      }
    }
    try {
      // With a colon, and of no other characters, it is an address or refused.
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
