package dev.restante.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a node's clients know, written down line by line as they learn it. It stands for the
 * clients' own durable memory: a process that is killed loses nothing that it has handed to the
 * system.
 *
 * <p>A line is a kind and words: see {@link Kind}.
 */
final class Journal implements AutoCloseable {
  /** The kinds of line, with their words. */
  enum Kind {
    /** A process begins: its process id. */
    START,
    /** Its node is up. */
    UP,
    /** Before a submit: device, conversation, n, milliseconds. */
    INTENT,
    /** After it: device, conversation, n, seq, server's milliseconds, repeat, milliseconds. */
    ACK,
    /** Or after it: device, conversation, n, code, milliseconds, why. */
    REFUSED,
    /** A device connects: device, cursor to resume at or "-". */
    CONNECT,
    /** A device applied an entry: device, conversation, seq, sender or "-", n or 0. */
    APPLIED,
    /** It applied all of a page: device, cursor. */
    PAGE,
    /** It caught up: device, cursor. */
    CAUGHT_UP,
    /** It is about to acknowledge: device, cursor. */
    ACKNOWLEDGE,
    /** That was answered: device, cursor acknowledged, cursor answered. */
    ACKNOWLEDGED,
    /** The node's counters: name=value. */
    COUNTERS,
    /** Everything submitted was acknowledged. */
    DRAINED,
    /** Every device has everything. */
    FINISHED,
    /** Something that must not be: free text. */
    WRONG
  }

  /** One line. */
  record Line(Kind kind, String[] words) {
    String word(int index) {
      return words[index + 1];
    }

    long number(int index) {
      return Long.parseLong(word(index));
    }

    String text() {
      return String.join(" ", words);
    }
  }

  private final RandomAccessFile file;

  private Journal(RandomAccessFile file) {
    this.file = file;
  }

  /** Goes on with a journal, or begins it; what a killed writer left of a line is cut off. */
  static Journal append(Path path) throws IOException {
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    long end = file.length();
    while (end > 0) {
      file.seek(end - 1);
      if (file.read() == '\n') {
        break;
      }
      end--;
    }
    file.setLength(end);
    file.seek(end);
    return new Journal(file);
  }

  synchronized void write(Kind kind, Object... words) {
    StringBuilder line = new StringBuilder(kind.name());
    for (Object word : words) {
      line.append(' ').append(word);
    }
    try {
      file.write(line.append('\n').toString().getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }

  static List<Line> read(Path path) {
    return new Tail(path).next();
  }

  /** Goes through the whole lines one by one: a node has little memory, and a journal grows. */
  static void forEach(Path path, Consumer<Line> action) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (BufferedReader reader = Files.newBufferedReader(path)) {
      String last = null;
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (last != null) {
          action.accept(parse(last));
        }
        last = line;
      }
      if (last != null && endsLine(path)) {
        action.accept(parse(last));
      }
    }
  }

  private static boolean endsLine(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      file.seek(file.length() - 1);
      return file.read() == '\n';
    }
  }

  static Line parse(String text) {
    String[] words = text.split(" ");
    return new Line(Kind.valueOf(words[0]), words);
  }

  /** Reads a journal that is being written. */
  static final class Tail {
    private final Path path;
    private long read;

    Tail(Path path) {
      this.path = path;
    }

    /** The whole lines that came since the last call. */
    List<Line> next() {
      return nextText().lines().map(Journal::parse).toList();
    }

    private String nextText() {
      if (!Files.exists(path)) {
        return "";
      }
      try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
        file.seek(read);
        byte[] bytes = new byte[(int) (file.length() - read)];
        file.readFully(bytes);
        String text = new String(bytes, UTF_8);
        int end = text.lastIndexOf('\n') + 1;
        String whole = text.substring(0, end);
        read += whole.getBytes(UTF_8).length;
        return whole;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
