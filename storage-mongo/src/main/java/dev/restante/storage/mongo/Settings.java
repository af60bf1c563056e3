package dev.restante.storage.mongo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads settings and gathers every problem, so that all of them are reported at once. */
final class Settings {
  private final String provider;
  private final Map<String, String> left;
  private final List<String> problems = new ArrayList<>();

  Settings(String provider, Map<String, String> settings) {
    this.provider = provider;
    this.left = new TreeMap<>(settings);
  }

  String required(String name) {
    String value = left.remove(name);
    if (value == null || value.isBlank()) {
      problems.add(name + " is missing");
      return "";
    }
    return value;
  }

  @Nullable String optional(String name) {
    return left.remove(name);
  }

  void problem(String text) {
    problems.add(text);
  }

  /** Throws if there was any problem, or a setting is left that nobody asked for. */
  void check() {
    left.keySet().forEach(name -> problems.add(name + " is unknown"));
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Settings of storage " + provider + ": " + String.join("; ", problems));
    }
  }
}
