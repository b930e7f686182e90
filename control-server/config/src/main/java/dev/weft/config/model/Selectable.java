package dev.weft.config.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Things with labels in namespaces, found by selectors without looking at all of them. */
final class Selectable<T> {

  private record Labelled<T>(T value, Map<String, String> labels) {}

  private record Label(String namespace, String key, String value) {}

  private final Map<String, List<Labelled<T>>> byNamespace = new HashMap<>();
  private final Map<Label, List<Labelled<T>>> byLabel = new HashMap<>();

  void add(String namespace, Map<String, String> labels, T value) {
    Labelled<T> labelled = new Labelled<>(value, labels);
    byNamespace.computeIfAbsent(namespace, key -> new ArrayList<>()).add(labelled);
    labels.forEach(
        (key, text) ->
            byLabel
                .computeIfAbsent(new Label(namespace, key, text), label -> new ArrayList<>())
                .add(labelled));
  }

  /** Those of the namespace that have all these labels, in the order in which they were added. */
  List<T> select(String namespace, Map<String, String> labels) {
    List<Labelled<T>> candidates = byNamespace.getOrDefault(namespace, List.of());
    for (Map.Entry<String, String> label : labels.entrySet()) {
      List<Labelled<T>> having =
          byLabel.getOrDefault(new Label(namespace, label.getKey(), label.getValue()), List.of());
      candidates = having.size() < candidates.size() ? having : candidates;
    }
    return candidates.stream()
        .filter(candidate -> candidate.labels.entrySet().containsAll(labels.entrySet()))
        .map(Labelled::value)
        .toList();
  }
}
