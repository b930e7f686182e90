package dev.weft.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The TCP sockets that this process listens on, as Linux has them (proc(5), {@code net/tcp}):
 * whatever code opened them, and when.
 */
final class ListeningSockets {

  private static final Path PROCESS = Path.of("/proc/self");
  private static final String LISTEN = "0A";

  private ListeningSockets() {}

  /**
   * Cheap as long as there are none to ask about: only then the process's descriptors are looked
   * through.
   *
   * @param asked whether an address is of interest
   * @return none at all where there is no such thing as {@code /proc}
   */
  static Set<InetSocketAddress> ofProcess(Predicate<InetSocketAddress> asked) throws IOException {
    Map<String, InetSocketAddress> byInode = new HashMap<>();
    for (String table : new String[] {"net/tcp", "net/tcp6"}) {
      read(PROCESS.resolve(table), asked, byInode);
    }
    Set<InetSocketAddress> ours = new HashSet<>();
    if (!byInode.isEmpty()) {
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(PROCESS.resolve("fd"))) {
        for (Path descriptor : descriptors) {
          InetSocketAddress address = byInode.get(inode(descriptor));
          if (address != null) {
            ours.add(address);
          }
        }
      }
    }
    return ours;
  }

  private static void read(
      Path table, Predicate<InetSocketAddress> asked, Map<String, InetSocketAddress> byInode)
      throws IOException {
    if (!Files.isReadable(table)) {
      return;
    }
    try (BufferedReader lines = Files.newBufferedReader(table)) {
      lines.readLine(); // the columns' names
      for (String line; (line = lines.readLine()) != null; ) {
        String[] columns = line.strip().split(" +");
        if (!columns[3].equals(LISTEN)) {
          return; // the kernel lists those that listen first, and there may be many others
        }
        InetSocketAddress address = address(columns[1]);
        if (asked.test(address)) {
          byInode.put(columns[9], address);
        }
      }
    }
  }

  /**
   * @param text in hexadecimal digits, the address as words of 32 bits in the machine's byte order,
   *     which is the little-endian one wherever this runs
   */
  private static InetSocketAddress address(String text) throws IOException {
    int colon = text.indexOf(':');
    byte[] bytes = HexFormat.of().parseHex(text, 0, colon);
    byte[] address = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      address[i] = bytes[i ^ 3];
    }
    return new InetSocketAddress(
        InetAddress.getByAddress(address), Integer.parseInt(text.substring(colon + 1), 16));
  }

  /** Of a socket; empty for other descriptors, and those that were closed meanwhile. */
  private static String inode(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("socket:[")
          ? target.substring("socket:[".length(), target.length() - 1)
          : "";
    } catch (IOException e) {
      return "";
    }
  }
}
