package dev.weft.controlserver.source;

/** What happened to one configuration file. Its name is relative to the directory, with slashes. */
public sealed interface FileChange {
  String file();

  /** The file is new or says something else. */
  record Written(String file, String text) implements FileChange {}

  /** The file is there, but what it says can't be known. */
  record Unreadable(String file, String reason) implements FileChange {}

  /** The file is gone. */
  record Deleted(String file) implements FileChange {}
}
