package dev.restante.storage.rocksdb;

import static dev.restante.storage.rocksdb.Rows.CONTEXT;
import static dev.restante.storage.rocksdb.Rows.LOG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupKey;
import dev.restante.storage.Durability;
import dev.restante.storage.LogRange;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.StorageProvider;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** What the contract cannot ask of every store. */
final class RocksStoreTest {
  @TempDir Path folder;

  private Path place() {
    return folder.resolve("deep/down/store");
  }

  private Store open() {
    return RocksStorage.at(place()).open(CONTEXT);
  }

  @Test
  void declaresWhatItIs() {
    try (Store store = open()) {
      assertThat(store.info().name()).isEqualTo("rocksdb");
      assertThat(store.info().durability()).isEqualTo(Durability.LOCAL);
      assertThat(store.info().shared()).isFalse();
      assertThat(store.info().locking()).isTrue();
    }
  }

  @Test
  void isFoundByNameAndTellsEveryProblemAtOnce() {
    StorageProvider provider =
        ServiceLoader.load(StorageProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.name().equals("rocksdb"))
            .findAny()
            .orElseThrow();
    Storage storage = provider.create(Map.of("path", place().toString()));
    assertThat(storage.description()).contains(place().toString());
    try (Store store = storage.open(CONTEXT)) {
      assertThat(store.info().name()).isEqualTo("rocksdb");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.create(Map.of("file", "x", "url", "y")))
        .withMessageContainingAll("path is missing", "file is unknown", "url is unknown");
  }

  // ---- one at a time ----------------------------------------------------------------------------

  @Test
  void aSecondStoreOnTheFolderIsRefusedUntilTheFirstIsClosed() throws Exception {
    Store first = open();
    refused(place());
    Path link = Files.createSymbolicLink(folder.resolve("link"), place());
    refused(link);
    assertThat(first.commit(Rows.row(1, new byte[1]))).isEqualTo(CommitOutcome.COMMITTED);
    first.close();
    try (Store second = RocksStorage.at(link).open(CONTEXT)) {
      assertThat(second.heads(List.of(LOG)).get(0).head()).isEqualTo(1);
    }
  }

  private void refused(Path where) throws Exception {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> RocksStorage.at(where).open(CONTEXT))
        .withMessageContaining(place().toRealPath().toString())
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    Store store = open();
    assertThat(elsewhere("open")).contains("UNAVAILABLE").contains(place().toString());
    // Being refused here must not have given up the lock that this process holds.
    refused(place());
    assertThat(elsewhere("open")).contains("UNAVAILABLE");
    store.close();
    assertThat(elsewhere("open")).contains("opened");
    open().close();
  }

  private String elsewhere(String what) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Elsewhere.class.getName(),
                place().toString(),
                what)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  @Test
  void whatIsNotAFolderCannotBeOpened() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> RocksStorage.at(file).open(CONTEXT))
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.UNAVAILABLE));
  }

  @Test
  void whatANewerVersionWroteIsRefused() throws Exception {
    open().close();
    try (Options options = new Options();
        RocksDB rocks = openDefault(options)) {
      rocks.put("format".getBytes(StandardCharsets.UTF_8), new byte[] {2});
    }
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(this::open)
        .withMessageContaining("format 2")
        .satisfies(e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
  }

  private RocksDB openDefault(Options options) throws Exception {
    List<ColumnFamilyDescriptor> families =
        RocksDB.listColumnFamilies(options, place().toString()).stream()
            .map(ColumnFamilyDescriptor::new)
            .toList();
    return RocksDB.open(place().toString(), families, new ArrayList<>());
  }

  // ---- texts ------------------------------------------------------------------------------------

  @Test
  void aNameWithoutBytesOfItsOwnIsRefused() {
    try (Store store = open()) {
      RecordKey half = new RecordKey(StreamKey.inbox("t", "\uD800"), "cursor", "id");
      assertThat(store.commit(Commit.ofRecords(5, List.of(write(half)))))
          .isInstanceOf(Refused.class);
      assertThat(
              store.commitLocked(List.of(StreamKey.log("t", "\uDC00")), heads -> Optional.empty()))
          .isInstanceOf(Refused.class);
      RecordKey question = new RecordKey(StreamKey.inbox("t", "?"), "cursor", "id");
      assertThat(store.records(List.of(question))).isEmpty();
    }
  }

  private static RecordWrite write(RecordKey key) {
    return RecordWrite.set(key, 1, new byte[0]);
  }

  // ---- sweeping ---------------------------------------------------------------------------------

  @Test
  void aSweepFindsWhatCameBehindIt() {
    try (Store store = open()) {
      store.commit(Rows.submit("a", 10, 100));
      store.commit(Rows.submit("b", 10, 200));
      assertThat(store.removeExpiredDedups(150, 9)).isEqualTo(1);
      // Earlier than what was swept: a clock that was set back, or another window.
      store.commit(Rows.submit("c", 10, 50));
      store.commit(Rows.submit("d", 10, Long.MAX_VALUE));
      assertThat(store.removeExpiredDedups(150, 9)).isEqualTo(1);
      assertThat(store.removeExpiredDedups(Long.MAX_VALUE, 9)).isEqualTo(1);
      assertThat(store.removeExpiredDedups(Long.MAX_VALUE, 9)).isZero();
    }
    try (Store store = open()) {
      assertThat(store.removeExpiredDedups(Long.MAX_VALUE, 9)).isZero();
      DedupKey forEver = new DedupKey(LOG, "sender", "d");
      assertThat(store.dedups(List.of(forEver))).containsOnlyKeys(forEver);
    }
  }

  @Test
  void aReplacedSubmitExpiresOnce() {
    try (Store store = open()) {
      store.commit(Rows.submit("a", 10, 100));
      assertThat(store.commit(Rows.submit("a", 100, 300))).isEqualTo(CommitOutcome.COMMITTED);
      assertThat(store.removeExpiredDedups(200, 9)).isZero();
      assertThat(store.dedups(List.of(new DedupKey(LOG, "sender", "a")))).hasSize(1);
      assertThat(store.removeExpiredDedups(300, 9)).isEqualTo(1);
    }
  }

  // ---- ends -------------------------------------------------------------------------------------

  @Test
  void closingWaitsForCallsUnderWay() throws Exception {
    Store store = open();
    CountDownLatch planning = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<CommitOutcome> call =
          threads.submit(
              () ->
                  store.commitLocked(
                      List.of(LOG),
                      heads -> {
                        planning.countDown();
                        await(goOn);
                        return Optional.of(Rows.row(1, new byte[1]));
                      }));
      planning.await();
      Thread closer = new Thread(store::close, "closer");
      closer.start();
      while (closer.getState() != Thread.State.WAITING) {
        assertThat(closer.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      goOn.countDown();
      assertThat(call.get()).isEqualTo(CommitOutcome.COMMITTED);
      closer.join();
    } finally {
      threads.shutdownNow();
    }
    try (Store again = open()) {
      assertThat(again.heads(List.of(LOG)).get(0).head()).isEqualTo(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** In a process whose files may not grow, so that the write-ahead log fails in the middle. */
  @Test
  void aWriteThatFailedIsUnknownAndThenFoundOut() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/prlimit")), "needs prlimit to make writes fail");
    String output = elsewhere("fail");
    assertThat(output).contains("first: Committed").contains("second: UNKNOWN");
    long head = output.contains("head: 2") ? 2 : 1;
    assertThat(output).contains("head: " + head).contains("third: Committed");
    try (Store store = open()) {
      LogRange all = new LogRange(LOG, 1, Long.MAX_VALUE, false, 9, Long.MAX_VALUE);
      assertThat(store.readLog(all).rows()).hasSize((int) head + 1);
    }
  }
}
