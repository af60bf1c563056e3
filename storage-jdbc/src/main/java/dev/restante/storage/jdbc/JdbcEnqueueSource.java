package dev.restante.storage.jdbc;

import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Rows in the tables of a {@link JdbcStorage}, written over whatever connection the host has. */
final class JdbcEnqueueSource implements EnqueueSource<Connection> {
  private final JdbcStorage storage;
  private final String insert;

  JdbcEnqueueSource(JdbcStorage storage, String tablePrefix) {
    this.storage = storage;
    this.insert = Texts.common(Op.ENQUEUE, tablePrefix);
  }

  @Override
  public String description() {
    return storage.description();
  }

  @Override
  public void enqueue(Connection transaction, EnqueuedDraft draft) {
    try {
      if (transaction.getAutoCommit()) {
        throw new IllegalStateException(
            "the connection is in auto-commit mode: there is no transaction to be part of");
      }
      try (PreparedStatement statement = transaction.prepareStatement(insert)) {
        EnqueueTables.bind(statement, draft);
        statement.executeUpdate();
      }
    } catch (SQLException e) {
      throw new StoreException(
          Effect.UNAVAILABLE,
          "A message could not be enqueued, SQLState "
              + e.getSQLState()
              + "; roll the transaction back",
          e);
    }
  }

  @Override
  public EnqueueTable open(StoreContext context) {
    return storage.openEnqueueTable(context);
  }
}
