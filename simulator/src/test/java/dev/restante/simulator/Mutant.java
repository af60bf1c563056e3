package dev.restante.simulator;

import static java.util.Objects.requireNonNull;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LockedPlan;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.LogSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Stores with one hazard each. A wrapper close to the adapter makes a broken store; the same
 * wrapper between the engine and what watches the store takes away what the engine does about the
 * hazard.
 */
class Mutant implements Store {
  /** Calls go to the good store. */
  final Store good;

  Mutant(Store good) {
    this.good = good;
  }

  /** A storage whose stores are wrapped. */
  static Storage storage(Storage good, UnaryOperator<Store> wrap) {
    return new Storage() {
      @Override
      public String description() {
        return good.description();
      }

      @Override
      public Store open(StoreContext context) {
        return wrap.apply(good.open(context));
      }
    };
  }

  @Override
  public StoreInfo info() {
    return good.info();
  }

  @Override
  public CommitOutcome commit(Commit commit) {
    return good.commit(commit);
  }

  @Override
  public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
    return good.commitLocked(streams, plan);
  }

  @Override
  public List<StreamHead> heads(List<StreamKey> streams) {
    return good.heads(streams);
  }

  @Override
  public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
    return good.dedups(keys);
  }

  @Override
  public LogSlice readLog(LogRange range) {
    return good.readLog(range);
  }

  @Override
  public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
    return good.readInbox(inbox, after, limit, maxBytes);
  }

  @Override
  public Map<RecordKey, StoredRecord> records(Collection<RecordKey> keys) {
    return good.records(keys);
  }

  @Override
  public List<StoredRecord> list(StreamKey partition, String space, String afterId, int limit) {
    return good.list(partition, space, afterId, limit);
  }

  @Override
  public List<Long> trim(List<Trim> trims, int maxRows) {
    return good.trim(trims, maxRows);
  }

  @Override
  public int removeExpiredDedups(long nowMillis, int limit) {
    return good.removeExpiredDedups(nowMillis, limit);
  }

  @Override
  public WalkPage walk(String from, int limit) {
    return good.walk(from, limit);
  }

  @Override
  public void close() {
    good.close();
  }

  /** A mutant that writes another commit than it was given. */
  static class Rewriting extends Mutant {
    private final UnaryOperator<Commit> change;

    Rewriting(Store good, UnaryOperator<Commit> change) {
      super(good);
      this.change = change;
    }

    @Override
    public CommitOutcome commit(Commit commit) {
      return good.commit(change.apply(commit));
    }

    @Override
    public CommitOutcome commitLocked(List<StreamKey> streams, LockedPlan plan) {
      return good.commitLocked(streams, heads -> plan.plan(heads).map(change));
    }
  }

  // ---- broken stores

  /**
   * Forgets the floor: a stream without rows begins at 1 again. Where one stream alone is asked for
   * it tells the truth, since a session that is told less than its device has takes it for a loss,
   * again and again, and nothing is ever written.
   */
  static Store floorForgotten(Store good) {
    return new Mutant(good) {
      @Override
      public List<StreamHead> heads(List<StreamKey> streams) {
        if (streams.size() == 1) {
          return good.heads(streams);
        }
        List<StreamHead> heads = new ArrayList<>();
        for (StreamHead head : good.heads(streams)) {
          heads.add(head.floor() == head.head() ? StreamHead.EMPTY : head);
        }
        return heads;
      }

      @Override
      public CommitOutcome commit(Commit commit) {
        Commit moved =
            new Commit(
                commit.nowMillis(),
                commit.exclusive(),
                commit.logs(),
                commit.inboxes().stream().map(this::moved).toList(),
                commit.dedups(),
                commit.records(),
                commit.guards());
        return good.commit(moved);
      }

      /** The good store would refuse the low number; a store without floors would not. */
      private InboxAppend moved(InboxAppend append) {
        StreamHead head = good.heads(List.of(append.inbox())).get(0);
        if (head.floor() != head.head() || append.expectedHead() >= head.head()) {
          return append;
        }
        long up = head.head() - append.expectedHead();
        List<InboxRow> rows =
            append.rows().stream().map(row -> at(row, row.position() + up)).toList();
        return new InboxAppend(append.inbox(), head.head(), append.verify(), rows);
      }
    };
  }

  static InboxRow at(InboxRow row, long position) {
    return new InboxRow(
        position, row.type(), row.format(), row.log(), row.seq(), row.key(), row.payload());
  }

  /** Does not look whether the predecessor exists. */
  static Store verifyIgnored(Store good) {
    return new Rewriting(
        good,
        commit ->
            with(
                commit,
                commit.logs().stream()
                    .map(each -> new LogAppend(each.log(), each.expectedHead(), false, each.rows()))
                    .toList(),
                commit.inboxes().stream()
                    .map(
                        each ->
                            new InboxAppend(each.inbox(), each.expectedHead(), false, each.rows()))
                    .toList()));
  }

  static Commit with(Commit commit, List<LogAppend> logs, List<InboxAppend> inboxes) {
    return new Commit(
        commit.nowMillis(),
        commit.exclusive(),
        logs,
        inboxes,
        commit.dedups(),
        commit.records(),
        commit.guards());
  }

  static Commit with(Commit commit, List<DedupRow> dedups) {
    return new Commit(
        commit.nowMillis(),
        commit.exclusive(),
        commit.logs(),
        commit.inboxes(),
        dedups,
        commit.records(),
        commit.guards());
  }

  /** Remembers no submit. */
  static Store dedupForgotten(Store good) {
    return new Rewriting(good, commit -> with(commit, List.of()));
  }

  /** Remembers submits for a second only. */
  static Store dedupExpiresEarly(Store good) {
    return new Rewriting(
        good,
        commit ->
            with(
                commit,
                commit.dedups().stream()
                    .map(
                        row ->
                            new DedupRow(
                                row.key(),
                                row.draftHash(),
                                row.seq(),
                                row.timeMillis(),
                                commit.nowMillis() + 1_000,
                                true))
                    .toList()));
  }

  /** Answers a repeat with the newest number instead of the first. */
  static Store dedupWithAnotherNumber(Store good) {
    return new Rewriting(
        good,
        commit ->
            with(
                commit,
                commit.dedups().stream()
                    .map(
                        row ->
                            new DedupRow(
                                row.key(),
                                row.draftHash(),
                                row.seq() + 1,
                                row.timeMillis(),
                                row.expiresAtMillis(),
                                row.replacesExpired()))
                    .toList()));
  }

  /** Does not look at guards. */
  static Store guardsIgnored(Store good) {
    return new Rewriting(
        good,
        commit ->
            new Commit(
                commit.nowMillis(),
                false,
                commit.logs(),
                commit.inboxes(),
                commit.dedups(),
                commit.records(),
                List.of()));
  }

  /** Replaces a record whatever its version. */
  static Store versionsIgnored(Store good) {
    return records(
        good,
        write ->
            write.condition() == RecordWrite.Condition.IF_VERSION
                ? RecordWrite.set(write.key(), write.version(), write.payload())
                : write);
  }

  /** Sets where it should compare and take the greater. */
  static Store maxReplacedBySet(Store good) {
    return records(
        good,
        write ->
            write.condition() == RecordWrite.Condition.IF_GREATER
                ? RecordWrite.set(write.key(), write.version(), write.payload())
                : write);
  }

  private static Store records(Store good, UnaryOperator<RecordWrite> change) {
    return new Rewriting(
        good,
        commit ->
            new Commit(
                commit.nowMillis(),
                commit.exclusive(),
                commit.logs(),
                commit.inboxes(),
                commit.dedups(),
                commit.records().stream().map(change).toList(),
                commit.guards()));
  }

  /** Writes the log and only the first inbox. */
  static Store halfACommit(Store good) {
    return new Rewriting(
        good,
        commit ->
            commit.inboxes().size() < 2
                ? commit
                : with(commit, commit.logs(), commit.inboxes().subList(0, 1)));
  }

  /** Leaves the second row out of a page and says that it looked at it. */
  static Store rowHidden(Store good) {
    return new Mutant(good) {
      @Override
      public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
        InboxSlice slice = good.readInbox(inbox, after, limit, maxBytes);
        if (slice.items().size() < 3) {
          return slice;
        }
        List<InboxItem> items = new ArrayList<>(slice.items());
        items.remove(1);
        return new InboxSlice(items, slice.scannedTo(), slice.more(), slice.floor());
      }
    };
  }

  /** Says that it looked as far as the head although it stopped at the limit. */
  static Store scannedTooFar(Store good) {
    return new Mutant(good) {
      @Override
      public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
        InboxSlice slice = good.readInbox(inbox, after, limit, maxBytes);
        long head = good.heads(List.of(inbox)).get(0).head();
        return slice.more() ? new InboxSlice(slice.items(), head, false, slice.floor()) : slice;
      }
    };
  }

  /** Does not say that more follows, and has not looked either. */
  static Store moreForgotten(Store good) {
    return new Mutant(good) {
      @Override
      public LogSlice readLog(LogRange range) {
        LogSlice slice = good.readLog(range);
        return new LogSlice(slice.rows(), false, slice.floor());
      }
    };
  }

  /** Trims one row more than it was asked to. */
  static Store trimsTooMuch(Store good) {
    return new Mutant(good) {
      @Override
      public List<Long> trim(List<Trim> trims, int maxRows) {
        List<Long> floors =
            good.trim(
                trims.stream().map(each -> new Trim(each.stream(), each.through() + 3)).toList(),
                maxRows);
        List<Long> asked = new ArrayList<>();
        for (int i = 0; i < floors.size(); i++) {
          asked.add(Math.min(floors.get(i), trims.get(i).through()));
        }
        return asked;
      }

      @Override
      public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
        InboxSlice slice = good.readInbox(inbox, after, limit, maxBytes);
        return new InboxSlice(
            slice.items(), slice.scannedTo(), slice.more(), Math.min(slice.floor(), after));
      }
    };
  }

  /** Trims, but does not tell a reader below the floor. */
  static Store floorNotTold(Store good) {
    return new Mutant(good) {
      @Override
      public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
        InboxSlice slice = good.readInbox(inbox, after, limit, maxBytes);
        return new InboxSlice(slice.items(), slice.scannedTo(), slice.more(), 0);
      }
    };
  }

  /** Says that it wrote what it did not write. */
  static Store writesBehind(Store good) {
    return new Mutant(good) {
      private int commits;

      @Override
      public CommitOutcome commit(Commit commit) {
        return ++commits % 40 == 0 ? CommitOutcome.COMMITTED : good.commit(commit);
      }
    };
  }

  /** Keeps another time than it was given. */
  static Store timesGoBack(Store good) {
    return new Rewriting(
        good,
        commit ->
            with(
                commit,
                commit.logs().stream()
                    .map(
                        each ->
                            new LogAppend(
                                each.log(),
                                each.expectedHead(),
                                each.verify(),
                                each.rows().stream().map(Mutant::earlier).toList()))
                    .toList(),
                commit.inboxes()));
  }

  private static LogRow earlier(LogRow row) {
    return new LogRow(
        row.seq(),
        row.ordinal(),
        row.timeMillis() - row.seq() % 7 * 10_000,
        row.format(),
        row.payload());
  }

  // ---- an engine without its protection

  /** Heads as they were first seen, also after an error: the predecessor is not asked for. */
  static Store headsRemembered(Store good) {
    Map<StreamKey, StreamHead> seen = new HashMap<>();
    return new Mutant(verifyIgnored(good)) {
      @Override
      public List<StreamHead> heads(List<StreamKey> streams) {
        List<StreamHead> heads = good.heads(streams);
        List<StreamHead> told = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
          StreamHead now = heads.get(i);
          told.add(
              seen.merge(
                  streams.get(i),
                  now,
                  (before, after) -> before.head() > after.head() ? before : after));
        }
        return told;
      }
    };
  }

  /** After a conflict or an unknown outcome nobody looks whether the submits are there already. */
  static Store replansWithoutLooking(Store good) {
    return new Mutant(new Rewriting(good, commit -> with(commit, List.of()))) {
      @Override
      public Map<DedupKey, DedupRow> dedups(Collection<DedupKey> keys) {
        return Map.of();
      }
    };
  }

  /** A batch's rows get their numbers in another order than their works came. */
  static Store renumbersInAnotherOrder(Store good) {
    return new Rewriting(
        good,
        commit -> {
          List<LogAppend> logs = commit.logs().stream().map(Mutant::reversed).toList();
          Map<StreamKey, LogAppend> by = new LinkedHashMap<>();
          logs.forEach(each -> by.put(each.log(), each));
          List<DedupRow> dedups =
              commit.dedups().stream()
                  .map(row -> mirrored(row, requireNonNull(by.get(row.key().log()))))
                  .toList();
          return with(with(commit, logs, commit.inboxes()), dedups);
        });
  }

  private static LogAppend reversed(LogAppend append) {
    List<LogRow> rows = append.rows();
    List<LogRow> changed = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      LogRow place = rows.get(i);
      LogRow content = rows.get(rows.size() - 1 - i);
      changed.add(
          new LogRow(
              place.seq(),
              place.ordinal(),
              place.timeMillis(),
              content.format(),
              content.payload()));
    }
    return new LogAppend(append.log(), append.expectedHead(), append.verify(), changed);
  }

  private static DedupRow mirrored(DedupRow row, LogAppend append) {
    long first = append.expectedHead() + 1;
    long last = append.expectedHead() + append.rows().size();
    return new DedupRow(
        row.key(),
        row.draftHash(),
        last - (row.seq() - first),
        row.timeMillis(),
        row.expiresAtMillis(),
        row.replacesExpired());
  }

  /** An inbox is in two uncommitted batches: later rows become visible before earlier ones. */
  static Store notExclusive(Store good) {
    return new Mutant(good) {
      private int commits;
      private Optional<Commit> held = Optional.empty();

      @Override
      public CommitOutcome commit(Commit commit) {
        Optional<Commit> late = held;
        held = Optional.empty();
        if (!commit.inboxes().isEmpty() && !commit.logs().isEmpty() && ++commits % 10 == 0) {
          List<InboxAppend> others = commit.inboxes().subList(1, commit.inboxes().size());
          held =
              Optional.of(
                  new Commit(
                      commit.nowMillis(),
                      false,
                      List.of(),
                      commit.inboxes().subList(0, 1),
                      List.of(),
                      List.of(),
                      List.of()));
          return good.commit(with(commit, commit.logs(), others));
        }
        CommitOutcome outcome = good.commit(commit);
        late.ifPresent(good::commit);
        return outcome;
      }
    };
  }

  /** A message is acknowledged although its commit met an error. */
  static Store acknowledgedBeforeDurable(Store good) {
    return new Mutant(good) {
      private int commits;

      @Override
      public CommitOutcome commit(Commit commit) {
        if (!commit.dedups().isEmpty() && ++commits % 25 == 0) {
          return CommitOutcome.COMMITTED;
        }
        return good.commit(commit);
      }
    };
  }

  /** What remembers a submit is written in a step of its own, with the next commit. */
  static Store dedupLate(Store good) {
    return new Mutant(good) {
      private List<DedupRow> held = List.of();

      @Override
      public CommitOutcome commit(Commit commit) {
        CommitOutcome outcome = good.commit(with(commit, List.of()));
        if (outcome instanceof CommitOutcome.Committed) {
          for (DedupRow row : held) {
            good.commit(
                new Commit(
                    commit.nowMillis(),
                    false,
                    List.of(),
                    List.of(),
                    List.of(row),
                    List.of(),
                    List.of()));
          }
          held = commit.dedups();
        }
        return outcome;
      }
    };
  }

  /** A session takes what comes for the next entry, and passes over one. */
  static Store nextTakenWithoutLooking(Store good) {
    return new Mutant(good) {
      @Override
      public InboxSlice readInbox(StreamKey inbox, long after, int limit, long maxBytes) {
        return good.readInbox(inbox, after + (after > 5 ? 1 : 0), limit, maxBytes);
      }
    };
  }

  /** Compacts rows that refer to messages, as if a newer one made an older one needless. */
  static Store compactsReferences(Store good) {
    return new Rewriting(
        good,
        commit ->
            with(
                commit,
                commit.logs(),
                commit.inboxes().stream()
                    .map(
                        each ->
                            new InboxAppend(
                                each.inbox(),
                                each.expectedHead(),
                                each.verify(),
                                each.rows().stream().map(Mutant::oneKeyForAll).toList()))
                    .toList()));
  }

  private static InboxRow oneKeyForAll(InboxRow row) {
    return row.log() == null
        ? row
        : new InboxRow(
            row.position(),
            row.type(),
            row.format(),
            row.log(),
            row.seq(),
            "one of " + row.log().name().length() % 2,
            row.payload());
  }

  /** Says that it was not reached, after it wrote. */
  static Store unknownCalledUnavailable(Store good) {
    return new Mutant(good) {
      private int commits;

      @Override
      public CommitOutcome commit(Commit commit) {
        if (++commits % 30 == 0) {
          good.commit(commit);
          throw new StoreException(StoreException.Effect.UNAVAILABLE, "not reached", null);
        }
        return good.commit(commit);
      }
    };
  }
}
