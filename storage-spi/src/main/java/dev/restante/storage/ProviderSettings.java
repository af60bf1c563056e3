package dev.restante.storage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings that a {@link StorageProvider} is handed, and gathers every problem, so that
 * all of them are reported at once. For one thread.
 */
public final class ProviderSettings {
  private final String provider;
  private final Map<String, String> left;
  private final List<String> problems = new ArrayList<>();

  /**
   * @param provider the name of the provider, for people
   * @param settings all settings
   */
  public ProviderSettings(String provider, Map<String, String> settings) {
    this.provider = provider;
    this.left = new TreeMap<>(settings);
  }

  /** A setting that must be there; empty, and a problem, if it is not. */
  public String required(String name) {
    String value = left.remove(name);
    if (value == null || value.isBlank()) {
      problems.add(name + " is missing");
      return "";
    }
    return value;
  }

  /** A setting that may be left out. */
  public @Nullable String optional(String name) {
    return left.remove(name);
  }

  /** A number within bounds, or what is taken if the setting is left out. */
  public int number(String name, int otherwise, int least, int most) {
    String value = left.remove(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value.strip());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, like a number out of range
    }
    problem("%s must be a number from %d to %d, is %s".formatted(name, least, most, value));
    return otherwise;
  }

  /** Path of a file or folder, which must be named; whether it exists is not asked. */
  public Path path(String name) {
    String path = required(name);
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      problem(name + " is not one: " + path);
      return Path.of("");
    }
  }

  /** Notes something that is wrong; names the setting, the value and the limit. */
  public void problem(String text) {
    problems.add(text);
  }

  /**
   * Ends the reading.
   *
   * @throws IllegalArgumentException if there was any problem, or a setting is left that nobody
   *     asked for; names all of them
   */
  public void check() {
    left.keySet().forEach(name -> problems.add(name + " is unknown"));
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Settings of storage " + provider + ": " + String.join("; ", problems));
    }
  }
}
