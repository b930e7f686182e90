package dev.weft.xds.translation;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds the fields that a message carries and its trimmed .proto doesn't declare. The lite runtime
 * keeps them, but has no way to ask for them; it writes them out again, though, so they are read
 * from there.
 */
final class UnreadFields {

  private static final String NUMBER_CONSTANT = "_FIELD_NUMBER";

  private static final ClassValue<Set<Integer>> DECLARED =
      new ClassValue<>() {
        @Override
        protected Set<Integer> computeValue(Class<?> type) {
          return declared(type);
        }
      };

  private UnreadFields() {}

  /** The numbers, in order, without those in {@code harmless}. */
  static SortedSet<Integer> of(MessageLite message, int... harmless) {
    Set<Integer> declared = DECLARED.get(message.getClass());
    SortedSet<Integer> unread = new TreeSet<>();
    try {
      CodedInputStream in = CodedInputStream.newInstance(message.toByteArray());
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int number = WireFormat.getTagFieldNumber(tag);
        if (!declared.contains(number)) {
          unread.add(number);
        }
        in.skipField(tag);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a message just written can't be read", e);
    }
    for (int number : harmless) {
      unread.remove(number);
    }
    return unread;
  }

  private static Set<Integer> declared(Class<?> type) {
    Set<Integer> numbers = new HashSet<>();
    for (Field field : type.getFields()) {
      if (field.getType() == int.class && field.getName().endsWith(NUMBER_CONSTANT)) {
        try {
          numbers.add(field.getInt(null));
        } catch (IllegalAccessException e) {
          throw new LinkageError("a public constant is not accessible", e);
        }
      }
    }
    return Set.copyOf(numbers);
  }
}
