package dev.weft.controlserver.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.controlserver.source.FileChange.Deleted;
import dev.weft.controlserver.source.FileChange.Unreadable;
import dev.weft.controlserver.source.FileChange.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDirectoryTest {
  private final List<FileChange> changes = new CopyOnWriteArrayList<>();
  private final Path directory;
  private @Nullable ConfigDirectory watched;

  ConfigDirectoryTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private void watch() throws IOException {
    watched = ConfigDirectory.watch(directory, changes::addAll);
  }

  @AfterEach
  void close() {
    if (watched != null) {
      watched.close();
    }
  }

  private void awaitChanges(FileChange... expected) {
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(changes).contains(expected));
  }

  @Test
  void tellsWhatIsThereBeforeItReturns() throws IOException {
    Files.writeString(directory.resolve("a.yaml"), "a");
    Files.createDirectory(directory.resolve("sub"));
    Files.writeString(directory.resolve("sub/b.yml"), "b");
    Files.writeString(directory.resolve("notes.txt"), "no");
    Files.writeString(directory.resolve(".hidden.yaml"), "no");
    watch();

    assertThat(changes).containsExactly(new Written("a.yaml", "a"), new Written("sub/b.yml", "b"));
  }

  @Test
  void tellsWritesDirectoriesAndDeletions() throws IOException {
    watch();
    Files.writeString(directory.resolve("a.yaml"), "1");
    awaitChanges(new Written("a.yaml", "1"));
    Files.createDirectories(directory.resolve("x/y"));
    Files.writeString(directory.resolve("x/y/b.yaml"), "2");
    awaitChanges(new Written("x/y/b.yaml", "2"));
    Files.writeString(directory.resolve("x/y/b.yaml"), "3");
    awaitChanges(new Written("x/y/b.yaml", "3"));
    Files.delete(directory.resolve("a.yaml"));
    awaitChanges(new Deleted("a.yaml"));
  }

  @Test
  void seesARenameOverAFile() throws IOException {
    Files.writeString(directory.resolve("a.yaml"), "old");
    watch();
    Path written = Files.writeString(directory.resolve("a.yaml.tmp"), "new");
    Files.move(written, directory.resolve("a.yaml"), StandardCopyOption.REPLACE_EXISTING);

    awaitChanges(new Written("a.yaml", "new"));
    assertThat(changes).doesNotContain(new Deleted("a.yaml"));
  }

  @Test
  void aFileThatIsReplacedByDeletionAndCreationIsNeverGone() throws IOException {
    Files.writeString(directory.resolve("a.yaml"), "old");
    watch();
    Files.delete(directory.resolve("a.yaml"));
    Files.writeString(directory.resolve("a.yaml"), "new");

    awaitChanges(new Written("a.yaml", "new"));
    assertThat(changes).doesNotContain(new Deleted("a.yaml"));
  }

  @Test
  void seesTheSwapOfAMountedConfigMap() throws IOException {
    Path first = Files.createDirectory(directory.resolve("..1"));
    Files.writeString(first.resolve("a.yaml"), "1");
    Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(directory.resolve("a.yaml"), Path.of("..data/a.yaml"));
    watch();
    assertThat(changes).containsExactly(new Written("a.yaml", "1"));
    Path second = Files.createDirectory(directory.resolve("..2"));
    Files.writeString(second.resolve("a.yaml"), "2");
    Path link = Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2"));
    Files.move(link, directory.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

    awaitChanges(new Written("a.yaml", "2"));
  }

  @Test
  void tellsThatAFileIsNoText() throws IOException {
    Files.write(directory.resolve("a.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    watch();

    assertThat(changes).containsExactly(new Unreadable("a.yaml", "the file is not UTF-8 text"));
  }

  @Test
  void aDirectoryThatVanishesTakesNothingAway() throws IOException {
    Path inner = Files.createDirectory(directory.resolve("config"));
    Files.writeString(inner.resolve("a.yaml"), "1");
    watched = ConfigDirectory.watch(inner, changes::addAll);
    Files.move(inner, directory.resolve("moved"));
    Files.createDirectory(inner);
    Files.writeString(inner.resolve("b.yaml"), "2");

    awaitChanges(new Written("b.yaml", "2"));
  }

  @Test
  void needsADirectory() {
    assertThatThrownBy(() -> ConfigDirectory.watch(directory.resolve("missing"), changes::addAll))
        .isInstanceOf(NotDirectoryException.class);
  }
}
