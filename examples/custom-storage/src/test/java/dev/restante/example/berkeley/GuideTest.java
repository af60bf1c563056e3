package dev.restante.example.berkeley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide shows this code. */
final class GuideTest {
  private static final Path GUIDE = Path.of("../../docs/guide.md");
  private static final Pattern SHOWN =
      Pattern.compile("(?s)<!-- custom-storage: (\\w+) -->\n```java\n(.*?)```");
  private static final Pattern WRITTEN = Pattern.compile("(?s)// (\\w+) begins\n(.*?)// \\1 ends");
  private static final int MOST_LINES = 400;

  @Test
  void everyPieceOfTheGuideIsAPieceOfTheCode() throws IOException {
    Map<String, String> shown = new TreeMap<>();
    Matcher block = SHOWN.matcher(Files.readString(GUIDE));
    while (block.find()) {
      shown.put(block.group(1), block.group(2));
    }
    assertThat(shown).hasSizeGreaterThan(5).isEqualTo(written());
  }

  private static Map<String, String> written() throws IOException {
    Map<String, String> written = new TreeMap<>();
    for (Path file : sources(Path.of("src"))) {
      Matcher piece = WRITTEN.matcher(read(file));
      while (piece.find()) {
        String text = piece.group(2).stripTrailing().stripIndent() + "\n";
        assertThat(written.put(piece.group(1), text)).as(piece.group(1)).isNull();
      }
    }
    return written;
  }

  @Test
  void isShort() throws IOException {
    long lines =
        sources(Path.of("src/main/java")).stream()
            .mapToLong(each -> read(each).lines().count())
            .sum();
    assertThat(lines).isLessThanOrEqualTo(MOST_LINES);
  }

  private static List<Path> sources(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      return files.filter(each -> each.toString().endsWith(".java")).toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
