package dev.restante.storage.jdbc;

import static dev.restante.storage.jdbc.Rows.bytes;
import static dev.restante.storage.jdbc.StoreRules.CONTEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What transactions of the host enqueue, on each database. */
abstract class EnqueueRules {
  private static final List<Long> ALL = List.of();
  private static final int MANY = 1000;
  private static final long MUCH = 1L << 30;

  private DataSource database;
  private EnqueueSource<Connection> source;
  private EnqueueTable table;

  abstract DataSource newDatabase();

  @BeforeEach
  void open() {
    database = newDatabase();
    source = JdbcStorage.on(database).enqueueSource();
    table = source.open(CONTEXT);
  }

  @AfterEach
  void close() {
    table.close();
  }

  DataSource database() {
    return database;
  }

  EnqueueSource<Connection> source() {
    return source;
  }

  EnqueueTable table() {
    return table;
  }

  Connection begin() throws SQLException {
    Connection connection = database.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  static EnqueuedDraft draft(long lane, String text) {
    return new EnqueuedDraft("t", lane, text.hashCode(), bytes(text));
  }

  void committed(String... texts) throws SQLException {
    try (Connection transaction = begin()) {
      for (String text : texts) {
        source.enqueue(transaction, draft(1, text));
      }
      transaction.commit();
    }
  }

  static RelayTurn turn(long owner, long now) {
    return new RelayTurn(owner, now, now + 10_000, now + 70_000);
  }

  EnqueuedRows take(long owner, long now, Collection<Long> except) {
    return table.take(turn(owner, now), except, MANY, MUCH);
  }

  List<EnqueuedRow> rows() {
    return take(1, 0, ALL).rows();
  }

  static List<String> texts(List<EnqueuedRow> rows) {
    return rows.stream().map(row -> new String(row.draft().payload(), UTF_8)).toList();
  }

  static DeadRow dead(EnqueuedRow row, String code, String detail, long at) {
    return new DeadRow(row.id(), row.draft(), code, detail, at);
  }

  // ---- transactions ----------------------------------------------------------------------------

  @Test
  void whatWasRolledBackNeverWas() throws SQLException {
    try (Connection transaction = begin()) {
      source.enqueue(transaction, draft(1, "never"));
      transaction.rollback();
    }
    assertThat(rows()).isEmpty();
    committed("after");
    assertThat(texts(rows())).containsExactly("after");
  }

  @Test
  void rowsOfATransactionAppearTogetherAndInOrderOnceItIsCommitted() throws SQLException {
    try (Connection transaction = begin()) {
      source.enqueue(transaction, draft(1, "a"));
      source.enqueue(transaction, draft(2, "b"));
      assertThat(rows()).isEmpty();
      source.enqueue(transaction, draft(1, "c"));
      transaction.commit();
    }
    List<EnqueuedRow> rows = rows();
    assertThat(texts(rows)).containsExactly("a", "b", "c");
    assertThat(rows).extracting(EnqueuedRow::id).isSorted();
    assertThat(rows.get(0).draft()).usingRecursiveComparison().isEqualTo(draft(1, "a"));
  }

  @Test
  void aRowGoesWithTheHostsOwn() throws SQLException {
    PostgresServer.execute(database, "CREATE TABLE orders (id integer PRIMARY KEY)");
    try (Connection transaction = begin()) {
      source.enqueue(transaction, draft(1, "ordered"));
      try (var statement = transaction.createStatement()) {
        statement.execute("INSERT INTO orders (id) VALUES (1)");
        assertThatThrownBy(() -> statement.execute("INSERT INTO orders (id) VALUES (1)"))
            .isInstanceOf(SQLException.class);
      }
      transaction.rollback();
    }
    assertThat(rows()).isEmpty();
  }

  @Test
  void withoutATransactionThereIsNothingToBePartOf() throws SQLException {
    try (Connection connection = database.getConnection()) {
      assertThatThrownBy(() -> source.enqueue(connection, draft(1, "x")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("auto-commit");
    }
    assertThat(rows()).isEmpty();
  }

  @Test
  void whatTheDatabaseDoesNotTakeIsToldWithItsCause() throws SQLException {
    EnqueueSource<Connection> nowhere =
        JdbcStorage.on(database).withTablePrefix("nowhere_").enqueueSource();
    try (Connection transaction = begin()) {
      assertThatThrownBy(() -> nowhere.enqueue(transaction, draft(1, "x")))
          .isInstanceOf(StoreException.class)
          .hasCauseInstanceOf(SQLException.class);
      transaction.rollback();
    }
  }

  @Test
  void everyByteAndNumberComesBack() throws SQLException {
    byte[] all = new byte[70_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    List<EnqueuedDraft> drafts =
        List.of(
            new EnqueuedDraft("a:b\n\u0000%'\ud83d\ude00", Long.MIN_VALUE, Long.MAX_VALUE, all),
            new EnqueuedDraft("A ", Long.MAX_VALUE, Long.MIN_VALUE, new byte[0]),
            new EnqueuedDraft("x".repeat(255), 0, -1, bytes("'\\\u0000")));
    try (Connection transaction = begin()) {
      drafts.forEach(draft -> source.enqueue(transaction, draft));
      transaction.commit();
    }
    List<EnqueuedRow> rows = rows();
    assertThat(rows)
        .extracting(EnqueuedRow::draft)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(drafts);
    assertThat(take(1, 0, List.of(Long.MIN_VALUE, Long.MAX_VALUE)).rows())
        .extracting(row -> row.draft().lane())
        .containsExactly(0L);
    table.settle(1, rows, List.of(), true);
    assertThat(rows()).isEmpty();
  }

  // ---- taking ----------------------------------------------------------------------------------

  @Test
  void limitsCutButTheFirstRowAlwaysComes() throws SQLException {
    committed("a".repeat(20_000), "b", "c".repeat(20_000), "d");
    EnqueuedRows two = table.take(turn(1, 0), ALL, 2, MUCH);
    assertThat(two.rows()).hasSize(2);
    assertThat(two.more()).isTrue();
    EnqueuedRows first = table.take(turn(1, 0), ALL, MANY, 1);
    assertThat(first.rows()).hasSize(1);
    assertThat(first.more()).isTrue();
    EnqueuedRows some = table.take(turn(1, 0), ALL, MANY, 40_000);
    assertThat(some.rows()).hasSize(2);
    assertThat(some.more()).isTrue();
    EnqueuedRows all = table.take(turn(1, 0), ALL, 4, MUCH);
    assertThat(all.rows()).hasSize(4);
    assertThat(all.more()).isFalse();
  }

  @Test
  void lanesAreLeftOut() throws SQLException {
    try (Connection transaction = begin()) {
      for (int i = 0; i < 6; i++) {
        source.enqueue(transaction, draft(i % 3, "r" + i));
      }
      transaction.commit();
    }
    assertThat(texts(take(1, 0, List.of(0L, 2L)).rows())).containsExactly("r1", "r4");
    assertThat(take(1, 0, List.of(0L, 1L, 2L))).isEqualTo(EnqueuedRows.NONE);
  }

  @Test
  void oneRelayWorksAtATime() throws SQLException {
    committed("a");
    assertThat(take(1, 0, ALL).rows()).hasSize(1);
    assertThat(take(2, 9_999, ALL)).isEqualTo(EnqueuedRows.NONE);
    assertThat(take(1, 9_999, ALL).rows()).hasSize(1);
    assertThat(take(2, 10_000, ALL)).isEqualTo(EnqueuedRows.NONE);
    assertThat(take(2, 19_999, ALL).rows()).hasSize(1);
    table.settle(1, List.of(), List.of(), true);
    assertThat(take(1, 20_000, ALL)).isEqualTo(EnqueuedRows.NONE);
    table.settle(2, List.of(), List.of(), true);
    assertThat(take(1, 20_000, ALL).rows()).hasSize(1);
  }

  @Test
  void aClaimFromAClockFarAheadHoldsUpNobody() throws SQLException {
    committed("a");
    assertThat(take(1, 3_600_000, ALL).rows()).hasSize(1);
    assertThat(take(2, 0, ALL).rows()).hasSize(1);
    assertThat(take(1, 0, ALL)).isEqualTo(EnqueuedRows.NONE);
    assertThat(take(3, -59_000, ALL)).isEqualTo(EnqueuedRows.NONE);
  }

  @Test
  void whoFindsNothingClaimsNothing() throws SQLException {
    assertThat(take(1, 0, ALL)).isEqualTo(EnqueuedRows.NONE);
    committed("a");
    assertThat(take(2, 0, ALL).rows()).hasSize(1);
  }

  @Test
  void aMissingRowOfTheClaimIsToldAndNotWaitedFor() throws SQLException {
    committed("a");
    PostgresServer.execute(database, "DELETE FROM restante_relay");
    assertThatThrownBy(() -> take(1, 0, ALL))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
  }

  // ---- settling --------------------------------------------------------------------------------

  @Test
  void whatWasSubmittedGoesAndTheRestStays() throws SQLException {
    committed("a", "b", "c", "d");
    List<EnqueuedRow> rows = rows();
    table.settle(1, List.of(rows.get(3), rows.get(0)), List.of(), false);
    table.settle(1, List.of(rows.get(0)), List.of(), false);
    assertThat(texts(rows())).containsExactly("b", "c");
  }

  @Test
  void aNumberThatWasGivenOutAgainNamesAnotherDraft() throws SQLException {
    committed("new");
    EnqueuedRow now = rows().get(0);
    EnqueuedRow before = new EnqueuedRow(now.id(), draft(1, "old"));
    table.settle(1, List.of(before), List.of(dead(before, "X", "", 0)), false);
    assertThat(texts(rows())).containsExactly("new");
    assertThat(table.deadLetters(0, MANY, MUCH)).isEmpty();
  }

  @Test
  void deadLettersAreKeptWithTheirReason() throws SQLException {
    committed("a", "b", "c");
    List<EnqueuedRow> rows = rows();
    table.settle(
        1,
        List.of(rows.get(1)),
        List.of(
            dead(rows.get(0), "NOT_A_MEMBER", "nul\u0000 \ud83d\ude00", 5),
            dead(rows.get(2), "TOO_LARGE", "", 6)),
        true);
    assertThat(rows()).isEmpty();
    List<DeadRow> letters = table.deadLetters(0, MANY, MUCH);
    assertThat(letters).extracting(DeadRow::code).containsExactly("NOT_A_MEMBER", "TOO_LARGE");
    assertThat(letters.get(0).detail()).isEqualTo("nul\u0000 \ud83d\ude00");
    assertThat(letters.get(0).timeMillis()).isEqualTo(5);
    assertThat(letters.get(0).draft()).usingRecursiveComparison().isEqualTo(draft(1, "a"));
    assertThat(letters).extracting(DeadRow::id).isSorted();
  }

  @Test
  void deadLettersComeInPages() throws SQLException {
    committed("a".repeat(20_000), "b", "c");
    List<DeadRow> dead = rows().stream().map(row -> dead(row, "X", "", 0)).toList();
    table.settle(1, List.of(), dead, true);
    List<String> seen = new ArrayList<>();
    long after = 0;
    for (List<DeadRow> page = table.deadLetters(0, 2, 1);
        !page.isEmpty();
        page = table.deadLetters(after, 2, 1)) {
      assertThat(page).hasSize(1);
      seen.add(new String(page.get(0).draft().payload(), UTF_8));
      after = page.get(0).id();
    }
    assertThat(seen).containsExactly("a".repeat(20_000), "b", "c");
    assertThat(table.deadLetters(0, 2, MUCH)).hasSize(2);
  }

  @Test
  void aDeadLetterIsEnqueuedAgainOrDiscarded() throws SQLException {
    committed("a".repeat(20_000), "b", "c");
    List<EnqueuedRow> rows = rows();
    table.settle(
        1, List.of(), List.of(dead(rows.get(0), "X", "", 0), dead(rows.get(1), "X", "", 0)), true);
    List<DeadRow> letters = table.deadLetters(0, MANY, MUCH);
    assertThat(table.retry(letters.get(0).id())).isTrue();
    assertThat(table.retry(letters.get(0).id())).isFalse();
    assertThat(table.discard(letters.get(1).id())).isTrue();
    assertThat(table.discard(letters.get(1).id())).isFalse();
    assertThat(table.retry(letters.get(1).id())).isFalse();
    assertThat(table.retry(-1)).isFalse();
    assertThat(table.deadLetters(0, MANY, MUCH)).isEmpty();
    assertThat(texts(rows())).containsExactly("c", "a".repeat(20_000));
    assertThat(rows().get(1).draft()).usingRecursiveComparison().isEqualTo(rows.get(0).draft());
  }

  @Test
  void ofManyThatSettleOrRetryAtOnceOneDoes() throws Exception {
    committed("a");
    EnqueuedRow row = rows().get(0);
    atOnce(
        () -> {
          table.settle(1, List.of(), List.of(dead(row, "X", "", 0)), true);
          return true;
        });
    List<DeadRow> letters = table.deadLetters(0, MANY, MUCH);
    assertThat(letters).hasSize(1);
    assertThat(atOnce(() -> table.retry(letters.get(0).id()))).containsOnlyOnce(true);
    assertThat(texts(rows())).containsExactly("a");
  }

  private static List<Boolean> atOnce(Callable<Boolean> call) throws Exception {
    int count = 4;
    CyclicBarrier start = new CyclicBarrier(count);
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<Boolean>> ends = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ends.add(
            threads.submit(
                () -> {
                  start.await();
                  while (true) {
                    try {
                      return call.call();
                    } catch (StoreException e) {
                      assertThat(e.effect()).isEqualTo(Effect.TRANSIENT);
                    }
                  }
                }));
      }
      List<Boolean> results = new ArrayList<>();
      for (Future<Boolean> end : ends) {
        results.add(end.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void afterClosingEveryCallFails() {
    table.close();
    table.close();
    assertThatThrownBy(() -> rows())
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
  }
}
