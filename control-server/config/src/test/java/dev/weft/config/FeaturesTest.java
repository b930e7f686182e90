package dev.weft.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code docs/features.md} names is there: tests, scenarios, and the words of findings. */
class FeaturesTest {

  private static final Path ROOT = Path.of("../..");

  private static final Path SCENARIOS =
      ROOT.resolve("differential-tests/src/test/resources/dev/weft/differential");

  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:#(\\w+))?`");
  private static final Pattern SCENARIO = Pattern.compile("`([a-z0-9-]+\\.yaml)`");
  private static final Pattern WORDS = Pattern.compile("\"([^\"]+)\"");

  private static String page = "";

  @BeforeAll
  static void read() throws IOException {
    page = Files.readString(ROOT.resolve("docs/features.md"));
  }

  @Test
  void testsExist() throws IOException {
    Map<String, String> sources = tests();
    var named = TEST.matcher(page).results().toList();

    assertThat(named).hasSizeGreaterThan(100);
    assertThat(named)
        .allSatisfy(
            test -> {
              assertThat(sources).containsKey(test.group(1));
              if (test.group(2) != null) {
                assertThat(sources.get(test.group(1)))
                    .as(test.group(1))
                    .containsPattern("(void|Stream<DynamicTest>) " + test.group(2) + "\\(");
              }
            });
  }

  @Test
  void scenariosExist() {
    var named = new TreeSet<>(SCENARIO.matcher(page).results().map(it -> it.group(1)).toList());

    assertThat(named).hasSizeGreaterThan(20);
    assertThat(named).allSatisfy(file -> assertThat(SCENARIOS.resolve(file)).exists());
  }

  /** The page writes … for what a finding fills in. */
  @Test
  void findingsAreWordedSo() throws IOException {
    String sources =
        Stream.of("control-server/config/src/main", "dataplane/engine/src/main")
            .flatMap(module -> java(ROOT.resolve(module)))
            .map(FeaturesTest::text)
            .collect(Collectors.joining())
            // What a line was too short for.
            .replaceAll("\"\\s*\\+ \"", "");
    List<String> words =
        page.lines()
            .filter(line -> line.startsWith("| "))
            .flatMap(line -> WORDS.matcher(line).results().map(it -> it.group(1)))
            .flatMap(finding -> Arrays.stream(finding.split("…", -1)))
            .map(String::strip)
            .filter(part -> !part.isEmpty())
            .distinct()
            .toList();

    assertThat(words).hasSizeGreaterThan(20);
    assertThat(words).allSatisfy(part -> assertThat(sources.contains(part)).as(part).isTrue());
  }

  @Test
  void everyRowHasEveryColumn() {
    assertThat(page.lines().filter(line -> line.startsWith("|")))
        .allSatisfy(row -> assertThat(row.chars().filter(it -> it == '|').count()).isEqualTo(6));
  }

  /** Which scenario shows it in Envoy too, or why none can. */
  @Test
  void envoysColumnIsNeverEmpty() {
    assertThat(page.lines().filter(line -> line.startsWith("| ")))
        .noneMatch(row -> row.endsWith("| – |"));
  }

  /** By simple name; of several classes with one name all together. */
  private static Map<String, String> tests() throws IOException {
    try (Stream<Path> modules = Files.find(ROOT, 5, (path, is) -> path.endsWith("src/test/java"))) {
      return modules
          .flatMap(FeaturesTest::java)
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  FeaturesTest::text,
                  String::concat));
    }
  }

  private static Stream<Path> java(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
