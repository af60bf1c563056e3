package dev.restante.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Questions that the documentation tests ask of a text. */
final class Texts {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\n]*`");
  private static final Pattern URL = Pattern.compile("https?://([A-Za-z0-9.$\\{\\}-]+)");

  private Texts() {}

  /** Targets of links that are neither addresses nor in code. */
  static List<String> relativeLinks(String markdown) {
    List<String> targets = new ArrayList<>();
    Matcher link = LINK.matcher(CODE.matcher(markdown).replaceAll(""));
    while (link.find()) {
      if (!link.group(1).matches("[a-z]+:.*")) {
        targets.add(link.group(1));
      }
    }
    return targets;
  }

  /** The anchors that a forge gives to headings. */
  static Set<String> anchors(String markdown) {
    return markdown
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+\\s*", "").toLowerCase(Locale.ROOT))
        .map(line -> line.replaceAll("[^\\p{L}\\p{N}\\s_-]", "").strip().replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** Lines of a table that begin with this constant. */
  static List<String> rows(String markdown, String constant) {
    return markdown.lines().filter(line -> line.startsWith("| `" + constant + "` |")).toList();
  }

  /** What the first group of a pattern matched, each time. */
  static List<String> all(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(match -> match.group(1)).toList();
  }

  /** Hosts of addresses that are not among those known. */
  static List<String> hostsNot(Predicate<String> known, String text) {
    List<String> hosts = new ArrayList<>();
    Matcher url = URL.matcher(text);
    while (url.find()) {
      if (!known.test(url.group(1))) {
        hosts.add(url.group(1));
      }
    }
    return hosts;
  }
}
