package dev.restante;

import dev.restante.storage.DeadRow;
import dev.restante.storage.EnqueueSource;
import dev.restante.storage.EnqueueTable;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.EnqueuedRow;
import dev.restante.storage.EnqueuedRows;
import dev.restante.storage.RelayTurn;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A host's database in memory, with transactions that stay open for as long as a test likes. */
final class HostDatabase implements EnqueueSource<HostDatabase.Transaction> {
  /** What becomes of the next calls that settle. */
  enum Settling {
    WORKS,
    FAILS,
    WORKS_AND_SAYS_NOT
  }

  private final Map<Long, EnqueuedDraft> rows = new TreeMap<>();
  private final Map<Long, DeadRow> dead = new TreeMap<>();
  private long numbers;
  private long letters;
  private long owner;
  private long until;

  boolean unplugged;
  Settling settling = Settling.WORKS;
  int takes;
  int opened;

  /** A transaction of the host. */
  final class Transaction {
    private final Map<Long, EnqueuedDraft> own = new TreeMap<>();

    void commit() {
      rows.putAll(own);
    }
  }

  Transaction begin() {
    return new Transaction();
  }

  /** Drafts that wait. */
  int waiting() {
    return rows.size();
  }

  @Override
  public String description() {
    return "a host's database";
  }

  @Override
  public void enqueue(Transaction transaction, EnqueuedDraft draft) {
    transaction.own.put(++numbers, draft);
  }

  @Override
  public EnqueueTable open(StoreContext context) {
    plug();
    opened++;
    return new Table();
  }

  private void plug() {
    if (unplugged) {
      throw new StoreException(Effect.UNAVAILABLE, "unplugged", null);
    }
  }

  private final class Table implements EnqueueTable {
    @Override
    public EnqueuedRows take(RelayTurn turn, Collection<Long> except, int limit, long maxBytes) {
      takes++;
      plug();
      List<EnqueuedRow> taken = new ArrayList<>();
      rows.forEach(
          (id, draft) -> {
            if (!except.contains(draft.lane())) {
              taken.add(new EnqueuedRow(id, draft));
            }
          });
      boolean free = owner == turn.owner() || until <= turn.nowMillis();
      if (taken.isEmpty() || !free) {
        return EnqueuedRows.NONE;
      }
      owner = turn.owner();
      until = turn.untilMillis();
      boolean more = taken.size() > limit;
      return new EnqueuedRows(more ? taken.subList(0, limit) : taken, more);
    }

    @Override
    public void settle(long relay, List<EnqueuedRow> done, List<DeadRow> died, boolean release) {
      plug();
      if (settling == Settling.FAILS) {
        throw new StoreException(Effect.UNAVAILABLE, "settles nothing", null);
      }
      done.forEach(row -> rows.remove(row.id(), row.draft()));
      for (DeadRow row : died) {
        if (rows.remove(row.id(), row.draft())) {
          letters++;
          dead.put(
              letters,
              new DeadRow(letters, row.draft(), row.code(), row.detail(), row.timeMillis()));
        }
      }
      if (release && owner == relay) {
        until = 0;
      }
      if (settling == Settling.WORKS_AND_SAYS_NOT) {
        throw new StoreException(Effect.UNKNOWN, "who knows", null);
      }
    }

    @Override
    public List<DeadRow> deadLetters(long afterId, int limit, long maxBytes) {
      plug();
      return dead.values().stream().filter(row -> row.id() > afterId).limit(limit).toList();
    }

    @Override
    public boolean retry(long id) {
      plug();
      DeadRow row = dead.remove(id);
      if (row != null) {
        rows.put(++numbers, row.draft());
      }
      return row != null;
    }

    @Override
    public boolean discard(long id) {
      plug();
      return dead.remove(id) != null;
    }

    @Override
    public void close() {
      opened--;
    }
  }
}
