package dev.restante.crash;

import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import java.sql.Connection;
import java.util.Collection;
import java.util.List;

/** A source whose relay behaves as no sound one does. */
final class OddSource implements EnqueueSource<Connection> {
  private final EnqueueSource<Connection> inner;

  /** Nothing is removed, as if the relay died each time before it came to that. */
  volatile boolean diesBeforeItSettles;

  /** It works whoever's turn it is. */
  volatile boolean waitsForNoTurn;

  OddSource(EnqueueSource<Connection> inner) {
    this.inner = inner;
  }

  @Override
  public String description() {
    return "odd " + inner.description();
  }

  @Override
  public void enqueue(Connection transaction, EnqueuedDraft draft) {
    inner.enqueue(transaction, draft);
  }

  @Override
  public EnqueueTable open(StoreContext context) {
    EnqueueTable table = inner.open(context);
    return new EnqueueTable() {
      @Override
      public EnqueuedRows take(
          RelayTurn turn, Collection<Long> exceptLanes, int limit, long maxBytes) {
        RelayTurn mine =
            waitsForNoTurn
                ? new RelayTurn(turn.owner(), turn.nowMillis(), turn.untilMillis(), Long.MIN_VALUE)
                : turn;
        return table.take(mine, exceptLanes, limit, maxBytes);
      }

      @Override
      public void settle(long owner, List<EnqueuedRow> done, List<DeadRow> dead, boolean release) {
        if (diesBeforeItSettles) {
          throw new StoreException(StoreException.Effect.UNAVAILABLE, "dead by now", null);
        }
        table.settle(owner, done, dead, release);
      }

      @Override
      public List<DeadRow> deadLetters(long afterId, int limit, long maxBytes) {
        return table.deadLetters(afterId, limit, maxBytes);
      }

      @Override
      public boolean retry(long id) {
        return table.retry(id);
      }

      @Override
      public boolean discard(long id) {
        return table.discard(id);
      }

      @Override
      public void close() {
        table.close();
      }
    };
  }
}
