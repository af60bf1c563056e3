package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.EnqueuedRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds where several transactions may write at once. */
abstract class ServerEnqueueRules extends EnqueueRules {
  @Test
  void aTransactionThatStaysOpenHoldsUpNobodyAndIsNotPassedBy() throws SQLException {
    try (Connection longOne = begin()) {
      source().enqueue(longOne, draft(1, "long"));
      for (int round = 0; round < 3; round++) {
        committed("short" + round);
        List<EnqueuedRow> rows = rows();
        assertThat(texts(rows)).containsExactly("short" + round);
        table()
            .settle(
                1,
                round == 0 ? List.of() : rows,
                round == 0 ? List.of(dead(rows.get(0), "X", "", 0)) : List.of(),
                true);
      }
      assertThat(table().retry(table().deadLetters(0, 1, 1).get(0).id())).isTrue();
      assertThat(texts(rows())).containsExactly("short0");
      source().enqueue(longOne, draft(1, "long too"));
      longOne.commit();
    }
    List<EnqueuedRow> rows = rows();
    // The numbers are those of enqueueing, so the late one comes first, and nothing is missing.
    assertThat(texts(rows)).containsExactly("long", "short0", "long too");
  }

  /** Between two reads a transaction with lower numbers may end. */
  @Test
  void numbersOfOpenTransactionsInterleave() throws SQLException {
    try (Connection one = begin();
        Connection other = begin()) {
      source().enqueue(one, draft(1, "one1"));
      source().enqueue(other, draft(2, "other1"));
      source().enqueue(one, draft(1, "one2"));
      source().enqueue(other, draft(2, "other2"));
      other.commit();
      List<EnqueuedRow> first = rows();
      assertThat(texts(first)).containsExactly("other1", "other2");
      one.commit();
      assertThat(texts(rows())).containsExactly("one1", "other1", "one2", "other2");
      table().settle(1, first, List.of(), true);
      assertThat(texts(rows())).containsExactly("one1", "one2");
    }
  }

  @Test
  void theHostsIsolationMattersNot() throws SQLException {
    for (int level :
        new int[] {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE}) {
      try (Connection strict = begin()) {
        strict.setTransactionIsolation(level);
        source().enqueue(strict, draft(1, "strict" + level));
        committed("meanwhile");
        List<EnqueuedRow> meanwhile = rows();
        assertThat(texts(meanwhile)).containsExactly("meanwhile");
        table().settle(1, meanwhile, List.of(), true);
        strict.commit();
      }
      List<EnqueuedRow> rows = rows();
      assertThat(texts(rows)).containsExactly("strict" + level);
      table().settle(1, rows, List.of(), true);
    }
  }
}
