package dev.restante.example.berkeley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.ordered.Change;
import dev.restante.storage.ordered.OrderedEngine;
import dev.restante.storage.ordered.OrderedStore;
import dev.restante.storage.ordered.Snapshot;
import dev.restante.storage.ordered.Table;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract cannot ask of a store: processes that die, files that are torn, the disk. */
final class BerkeleyStorageTest {
  private static final int KILLS = 3;

  @TempDir Path folder;

  /** Everything of each message is there, and nothing of any other. */
  private static void assertWhole(Store store, long head) {
    LogRange all = new LogRange(Messages.LOG, 1, Long.MAX_VALUE, false, 1 << 20, Long.MAX_VALUE);
    List<LogRow> rows = store.readLog(all).rows();
    assertThat(rows).hasSize((int) head);
    for (LogRow row : rows) {
      assertThat(row.payload()).isEqualTo(Messages.text(row.seq()));
    }
    InboxSlice inbox = store.readInbox(Messages.INBOX, 0, 1 << 20, Long.MAX_VALUE);
    assertThat(inbox.items())
        .hasSize((int) head)
        .extracting(InboxItem::logRow)
        .doesNotContainNull();
    assertThat(store.records(List.of(Messages.COUNT)).values())
        .extracting(StoredRecord::version)
        .containsExactly(head);
    assertThat(store.dedups(List.of(Messages.submit(head), Messages.submit(head + 1))))
        .containsOnlyKeys(Messages.submit(head));
  }

  // ---- processes --------------------------------------------------------------------------------

  @Test
  void whatWasAcceptedIsThereWhereverTheProcessIsKilled() throws Exception {
    Random chance = new Random(7);
    long accepted = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      long told = lastToldBefore(40 + chance.nextInt(200));
      assertThat(told).isGreaterThan(accepted);
      try (Store store = Messages.open(folder)) {
        accepted = Messages.head(store);
        assertThat(accepted).isBetween(told, told + 1);
        assertWhole(store, accepted);
      }
    }
  }

  /** Has a process write until it told of so many messages, and kills it in the middle of more. */
  private long lastToldBefore(int messages) throws Exception {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long last = 0;
    int count = 0;
    try (BufferedReader told = writer.inputReader()) {
      for (String line = told.readLine(); line != null; line = told.readLine()) {
        last = Long.parseLong(line);
        if (++count == messages) {
          refusedHere();
          writer.toHandle().destroyForcibly(); // leaves what it said readable
        }
      }
    }
    writer.waitFor();
    assertThat(count).isGreaterThanOrEqualTo(messages);
    return last;
  }

  private void refusedHere() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> Messages.open(folder))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }

  @Test
  void aSecondStoreInTheProcessIsRefusedByWhateverPath() throws IOException {
    Path place = folder.resolve("place");
    Store first = Messages.open(place);
    Path link = Files.createSymbolicLink(folder.resolve("link"), place);
    for (Path path : List.of(place, link)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> Messages.open(path))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
    }
    assertThat(first.commit(Messages.message(1))).isEqualTo(CommitOutcome.COMMITTED);
    first.close();
    try (Store second = Messages.open(link)) {
      assertThat(Messages.head(second)).isEqualTo(1);
    }
  }

  // ---- the disk ---------------------------------------------------------------------------------

  @Test
  void everyWriteForcesTheDisk() {
    BerkeleyEngine engine = BerkeleyEngine.open(folder);
    try {
      for (int i = 0; i < 20; i++) {
        long before = engine.forced();
        byte[] key = {(byte) i};
        engine.write(List.of(new Change(Table.META, key, key)));
        assertThat(engine.forced()).isGreaterThan(before);
      }
    } finally {
      engine.close();
    }
  }

  /** An interrupt closes the log under Berkeley DB, which then is of no use any more. */
  @Test
  void anEnvironmentThatBrokeIsOpenedAnew() {
    AtomicInteger openings = new AtomicInteger();
    AtomicBoolean breaking = new AtomicBoolean();
    Store store =
        OrderedStore.open(
            () -> {
              openings.incrementAndGet();
              return breaking(BerkeleyEngine.open(folder), breaking);
            },
            Duration.ofSeconds(10),
            100);
    try (store) {
      store.commit(Messages.message(1));
      breaking.set(true);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.commit(Messages.message(2)))
          .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNKNOWN));
      assertThat(openings).hasValue(1);
      long head = Messages.head(store);
      assertThat(openings).hasValue(2);
      assertThat(head).isBetween(1L, 2L);
      assertThat(store.commit(Messages.message(head + 1))).isEqualTo(CommitOutcome.COMMITTED);
      assertWhole(store, head + 1);
    }
  }

  /** The engine, with an interrupt in the midst of one write. */
  private static OrderedEngine breaking(BerkeleyEngine engine, AtomicBoolean breaking) {
    return new OrderedEngine() {
      @Override
      public void write(List<Change> changes) {
        if (breaking.getAndSet(false)) {
          Thread.currentThread().interrupt();
        }
        try {
          engine.write(changes);
        } finally {
          if (Thread.interrupted()) {
            assertThat(engine.usable()).isFalse();
          }
        }
      }

      @Override
      public StoreInfo info() {
        return engine.info();
      }

      @Override
      public Snapshot snapshot() {
        return engine.snapshot();
      }

      @Override
      public boolean usable() {
        return engine.usable();
      }

      @Override
      public void close() {
        engine.close();
      }
    };
  }

  /** What a power failure may leave of the log: its end is missing, or there is a hole in it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTornEndTakesWholeMessagesOnly(boolean hole) throws IOException {
    Path whole = folder.resolve("whole");
    Path copied = folder.resolve("copied");
    int messages = 8;
    try (Store store = Messages.open(whole)) {
      for (long seq = 1; seq <= messages; seq++) {
        assertThat(store.commit(Messages.message(seq))).isEqualTo(CommitOutcome.COMMITTED);
      }
      copy(whole, copied);
    }
    long least = messages;
    for (int bytes = 1; least > messages - 3; bytes += 211) {
      Path torn = folder.resolve("torn" + bytes);
      copy(copied, torn);
      tear(torn, bytes, hole);
      try (Store store = Messages.open(torn)) {
        long head = Messages.head(store);
        assertThat(head).isLessThanOrEqualTo(least);
        least = head;
        assertWhole(store, head);
      }
    }
    assertThat(least).isEqualTo(messages - 3);
  }

  /** Takes so many bytes off the end of the log, or makes a few of them zero so far before it. */
  private static void tear(Path store, int bytes, boolean hole) throws IOException {
    try (Stream<Path> files = Files.list(store)) {
      Path log = files.max(Comparator.naturalOrder()).orElseThrow();
      try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
        if (hole) {
          file.seek(file.length() - bytes);
          file.write(new byte[Math.min(bytes, 16)]);
        } else {
          file.setLength(file.length() - bytes);
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".jdb")).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void whatIsNotAFolderCannotBeOpened() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> Messages.open(file))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }
}
