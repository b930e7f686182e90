package dev.weft.instrumentation.jdkhttpclient;

import static dev.weft.instrumentation.jdkhttpclient.Internals.type;

import java.net.http.HttpRequest;
import java.util.Set;

/**
 * Which body publishers publish the same bytes to every subscriber: those of the JDK that hold them
 * in memory or read them from a file. Not those over the application's own publisher, nor over its
 * supplier of input streams, which may give the same, read, stream again, nor over its iterable,
 * which may be a stream's.
 */
final class RepeatableBodies {

  private static final Set<Class<?>> REPEATABLE =
      Set.of(
          type("RequestPublishers$EmptyPublisher"),
          type("RequestPublishers$ByteArrayPublisher"),
          type("RequestPublishers$StringPublisher"),
          type("RequestPublishers$FilePublisher"));

  private RepeatableBodies() {}

  static boolean contains(HttpRequest.BodyPublisher publisher) {
    return REPEATABLE.contains(publisher.getClass());
  }
}
