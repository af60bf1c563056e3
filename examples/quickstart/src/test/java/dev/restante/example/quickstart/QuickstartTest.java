package dev.restante.example.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {
  private static final Path SOURCE =
      Path.of("src/main/java/dev/restante/example/quickstart/Quickstart.java");
  private static final Path README = Path.of("../../README.md");
  private static final int MOST_LINES = 30;

  @TempDir Path folder;

  @Test
  void bringsTheMessageToThePhoneThatWasAway() throws Exception {
    assertThat(outputOf(folder))
        .containsExactly(
            "accepted as number 1", "Bob's phone got: see you at six", "Bob's phone has caught up");
  }

  @Test
  void secondRunBringsOnlyWhatIsNew() throws Exception {
    outputOf(folder);

    assertThat(outputOf(folder))
        .containsExactly(
            "accepted as number 2", "Bob's phone got: see you at six", "Bob's phone has caught up");
  }

  @Test
  void readmeShowsThisCode() throws IOException {
    assumeTrue(Files.exists(README), "there is no README.md to compare with");
    assertThat(shownIn(README)).isEqualTo(body());
  }

  @Test
  void isShort() throws IOException {
    assertThat(body().lines().count()).isLessThanOrEqualTo(MOST_LINES);
  }

  private static String body() throws IOException {
    String indented =
        between(Files.readString(SOURCE), "// quickstart begins\n", "    // quickstart ends");
    return indented.stripTrailing().stripIndent() + "\n"; // a last, empty line has no indent
  }

  private static String shownIn(Path readme) throws IOException {
    String marked = between(Files.readString(readme) + "\0", "<!-- quickstart -->", "\0");
    return between(marked, "```java\n", "```");
  }

  private static String between(String text, String from, String to) {
    int begin = text.indexOf(from);
    assertThat(begin).as("'%s' is there", from).isNotNegative();
    int end = text.indexOf(to, begin + from.length());
    assertThat(end).as("'%s' follows", to).isNotNegative();
    return text.substring(begin + from.length(), end);
  }

  private static Iterable<String> outputOf(Path folder) throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, UTF_8));
    try {
      Quickstart.run(folder);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(UTF_8).lines().toList();
  }
}
