package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.pause;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.CommitOutcome.Conflict;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.Trim;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.stream.Stream;

/** Breaks fences (F) and trimming (T). */
final class StreamMutants {
  private StreamMutants() {}

  static Stream<Mutant> all() {
    return Stream.concat(fences(), trims());
  }

  private static Stream<Mutant> fences() {
    return Stream.of(
        new Mutant(
            "F1",
            "overwrites log rows",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean logConflict(LogAppend append) {
                    return append.verify() && super.logConflict(append);
                  }
                }),
        new Mutant(
            "F2",
            "overwrites inbox rows",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean inboxConflict(InboxAppend append) {
                    return append.verify() && super.inboxConflict(append);
                  }
                }),
        new Mutant(
            "F3",
            "does not verify log heads",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean logConflict(LogAppend append) {
                    return headConflict(append.log(), append.expectedHead(), false);
                  }
                }),
        new Mutant(
            "F4",
            "does not verify inbox heads",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean inboxConflict(InboxAppend append) {
                    return headConflict(append.inbox(), append.expectedHead(), false);
                  }
                }),
        new Mutant("F5", "forgets the floor of a log that is empty", ForgettingLogs::new),
        new Mutant("F6", "forgets the floor of an inbox that is empty", ForgettingInboxes::new),
        new Mutant(
            "F7",
            "looks only whether the position itself is taken",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean inboxConflict(InboxAppend append) {
                    return append.verify()
                        ? super.inboxConflict(append)
                        : append.expectedHead() < floor(append.inbox()).floor()
                            || append.rows().stream()
                                .anyMatch(row -> inbox(append.inbox()).containsKey(row.position()));
                  }
                }),
        new Mutant(
            "F8",
            "keeps floors for as long as a handle is open",
            data ->
                new NaiveStore(data) {
                  @Override
                  public void close() {
                    data.floors.clear();
                    super.close();
                  }
                }),
        new Mutant(
            "F9",
            "checks heads and then writes",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    Optional<CommitOutcome> problem;
                    synchronized (data) {
                      problem = problem(commit);
                    }
                    pause();
                    synchronized (data) {
                      return problem.orElseGet(
                          () -> {
                            apply(commit);
                            return CommitOutcome.COMMITTED;
                          });
                    }
                  }
                }),
        new Mutant(
            "F10",
            "looks at the floor before it waits for the row",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    synchronized (data) {
                      if (commit.logs().stream()
                          .anyMatch(log -> log.expectedHead() < floor(log.log()).floor())) {
                        return new Conflict(Cause.HEAD);
                      }
                    }
                    pause();
                    return super.commit(commit);
                  }

                  @Override
                  boolean logConflict(LogAppend append) {
                    return !append.verify()
                        && append.rows().stream()
                            .anyMatch(row -> log(append.log()).containsKey(row.seq()));
                  }
                }),
        new Mutant(
            "F11",
            "answers heads in the order of their names",
            data ->
                new NaiveStore(data) {
                  @Override
                  public List<StreamHead> heads(List<StreamKey> streams) {
                    return super.heads(
                        streams.stream().sorted(Comparator.comparing(StreamKey::name)).toList());
                  }
                }));
  }

  private static Stream<Mutant> trims() {
    return Stream.of(
        new Mutant(
            "T1",
            "raises the floor and leaves the rows",
            data ->
                new NaiveStore(data) {
                  @Override
                  long trim(StreamKey stream, long through, int maxRows) {
                    StreamHead head = head(stream);
                    long floor = Math.max(head.floor(), Math.min(head.head(), through));
                    setFloor(stream, new StreamHead(floor, 0, 0, floor));
                    return floor;
                  }
                }),
        new Mutant(
            "T2",
            "raises the floor above the head",
            data ->
                new NaiveStore(data) {
                  @Override
                  long trim(StreamKey stream, long through, int maxRows) {
                    super.trim(stream, through, maxRows);
                    long floor = Math.max(floor(stream).floor(), through);
                    setFloor(stream, new StreamHead(floor, 0, 0, floor));
                    return floor;
                  }
                }),
        new Mutant(
            "T3",
            "removes all at once",
            data ->
                new NaiveStore(data) {
                  @Override
                  long trim(StreamKey stream, long through, int maxRows) {
                    return super.trim(stream, through, Integer.MAX_VALUE);
                  }
                }),
        new Mutant(
            "T4",
            "raises the floor above rows that it left",
            data ->
                new NaiveStore(data) {
                  @Override
                  long trim(StreamKey stream, long through, int maxRows) {
                    super.trim(stream, through, maxRows);
                    long floor = Math.max(floor(stream).floor(), through);
                    floor = Math.min(floor, head(stream).head());
                    setFloor(stream, new StreamHead(floor, 0, 0, floor));
                    return floor;
                  }
                }),
        new Mutant(
            "T5",
            "keeps the floor's number and nothing else",
            data ->
                new NaiveStore(data) {
                  @Override
                  void setFloor(StreamKey stream, StreamHead floor) {
                    super.setFloor(stream, new StreamHead(floor.head(), 0, 0, floor.floor()));
                  }
                }),
        new Mutant(
            "T6",
            "lowers the floor on request",
            data ->
                new NaiveStore(data) {
                  @Override
                  long trim(StreamKey stream, long through, int maxRows) {
                    super.trim(stream, through, maxRows);
                    long floor = Math.min(floor(stream).floor(), through);
                    setFloor(stream, new StreamHead(floor, 0, 0, floor));
                    return floor;
                  }
                }),
        new Mutant(
            "T7",
            "answers floors in the order of the streams' names",
            data ->
                new NaiveStore(data) {
                  @Override
                  public List<Long> trim(List<Trim> trims, int maxRows) {
                    return super.trim(
                        trims.stream()
                            .sorted(Comparator.comparing((Trim trim) -> trim.stream().name()))
                            .toList(),
                        maxRows);
                  }
                }),
        new Mutant(
            "T8",
            "loses inbox rows whose log row is gone",
            data ->
                new NaiveStore(data) {
                  @Override
                  Stream<InboxItem> join(InboxRow row) {
                    return row.log() != null && referred(row) == null
                        ? Stream.empty()
                        : super.join(row);
                  }
                }),
        new Mutant(
            "T9",
            "removes rows in one step and raises the floor in another",
            data ->
                new NaiveStore(data) {
                  @Override
                  public List<Long> trim(List<Trim> trims, int maxRows) {
                    StreamKey stream = trims.get(0).stream();
                    StreamHead before;
                    synchronized (data) {
                      before = head(stream);
                    }
                    pause();
                    synchronized (data) {
                      NavigableMap<Long, ?> rows = rows(stream);
                      rows.clear();
                      setFloor(
                          stream,
                          new StreamHead(
                              before.head(), before.ordinal(), before.timeMillis(), before.head()));
                    }
                    return List.of(before.head());
                  }
                }));
  }

  private static final class ForgettingLogs extends NaiveStore {
    ForgettingLogs(Data data) {
      super(data);
    }

    @Override
    void setFloor(StreamKey stream, StreamHead floor) {
      if (stream.kind() != StreamKey.Kind.LOG || !log(stream).isEmpty()) {
        super.setFloor(stream, floor);
      }
    }
  }

  private static final class ForgettingInboxes extends NaiveStore {
    ForgettingInboxes(Data data) {
      super(data);
    }

    @Override
    void setFloor(StreamKey stream, StreamHead floor) {
      if (stream.kind() != StreamKey.Kind.INBOX || !inbox(stream).isEmpty()) {
        super.setFloor(stream, floor);
      }
    }
  }
}
