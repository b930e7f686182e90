package dev.weft.config;

import dev.weft.config.istio.ResourceReader;
import dev.weft.config.istio.ResourceReader.Read;
import dev.weft.config.model.Resource;
import dev.weft.config.source.Finding;
import dev.weft.config.source.Origin;
import dev.weft.config.source.ResourceName;
import dev.weft.config.source.Severity;
import dev.weft.config.source.YamlDocuments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One file of configuration, read and judged.
 *
 * @param path names the file in findings, and tells it from others
 * @param readable whether it can be told which resources it holds
 * @param resources what it holds; empty if it is refused
 * @param whenRefused security policies that hold if it is refused and nothing good was there before
 * @param findings in the order of the file
 */
public record ConfigurationFile(
    String path,
    boolean readable,
    List<Resource> resources,
    List<Resource> whenRefused,
    List<Finding> findings) {

  /** Reads a file's text: any number of YAML documents. Never throws for what the text says. */
  public static ConfigurationFile parse(String path, String text) {
    List<YamlDocuments.Document> documents;
    try {
      documents = YamlDocuments.parse(path, text);
    } catch (YamlDocuments.SyntaxException e) {
      return unreadable(path, e.origin(), Objects.requireNonNullElse(e.getMessage(), "not YAML"));
    }
    List<Resource> resources = new ArrayList<>();
    List<Resource> whenRefused = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    Map<ResourceName, Origin> seen = new HashMap<>();
    for (YamlDocuments.Document document : documents) {
      Read read = ResourceReader.read(document);
      findings.addAll(read.findings());
      if (read.whenRefused() != null) {
        whenRefused.add(read.whenRefused());
      }
      if (read.resource() == null) {
        continue;
      }
      Origin first = seen.putIfAbsent(read.name(), document.origin());
      if (first == null) {
        resources.add(read.resource());
      } else {
        findings.add(
            new Finding(
                Severity.ERROR,
                document.origin(),
                read.name(),
                "",
                "is defined at " + first + " too"));
      }
    }
    boolean refused = findings.stream().anyMatch(f -> f.severity() == Severity.ERROR);
    return new ConfigurationFile(
        path, true, refused ? List.of() : resources, refused ? whenRefused : List.of(), findings);
  }

  /** A file that can't even be read: it is refused. */
  public static ConfigurationFile unreadable(String path, Origin origin, String reason) {
    return new ConfigurationFile(
        path,
        false,
        List.of(),
        List.of(),
        List.of(new Finding(Severity.ERROR, origin, ResourceName.NONE, "", reason)));
  }

  public ConfigurationFile {
    resources = List.copyOf(resources);
    whenRefused = List.copyOf(whenRefused);
    findings = List.copyOf(findings);
  }

  /** Whether an error makes it as if it had not been written. */
  public boolean refused() {
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
  }
}
