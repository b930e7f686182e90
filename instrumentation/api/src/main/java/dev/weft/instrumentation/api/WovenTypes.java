package dev.weft.instrumentation.api;

import org.jspecify.annotations.Nullable;

/**
 * What has been woven so far. For advice which must not do its part where other advice of its
 * module is missing: a library that isn't as expected may show it late, class by class.
 */
public final class WovenTypes {

  private static volatile @Nullable Keeper keeper;

  private WovenTypes() {}

  /** Who knows it. */
  public interface Keeper {

    /** See {@link WovenTypes#contains}. */
    boolean contains(Class<?> type);

    /** See {@link WovenTypes#containsAll}. */
    boolean containsAll(String module, @Nullable ClassLoader library);
  }

  /** For the weaver, before it weaves anything. */
  public static void keptBy(Keeper known) {
    keeper = known;
  }

  /** Whether all that modules ask for is in this type. */
  public static boolean contains(Class<?> type) {
    Keeper known = keeper;
    return known != null && known.contains(type);
  }

  /**
   * Whether all types of a module are there and woven. Loads those that aren't loaded yet, so is to
   * be asked once.
   *
   * @param library the class loader that has them; null is the boot class loader
   */
  public static boolean containsAll(String module, @Nullable ClassLoader library) {
    Keeper known = keeper;
    return known != null && known.containsAll(module, library);
  }
}
