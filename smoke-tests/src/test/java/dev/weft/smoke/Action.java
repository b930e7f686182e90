package dev.weft.smoke;

/** Something to do while something else goes on. */
@FunctionalInterface
interface Action {
  void run() throws Exception;
}
