package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.pause;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.stream.Stream;

/** Breaks walks (W) and moves (M). */
final class MovingMutants {
  private MovingMutants() {}

  static Stream<Mutant> all() {
    return Stream.concat(walks(), moves());
  }

  private static Stream<Mutant> walks() {
    return Stream.of(
        new Mutant(
            "W1",
            "names no records without an id",
            data ->
                new NaiveStore(data) {
                  @Override
                  NavigableMap<String, Object> names() {
                    NavigableMap<String, Object> names = super.names();
                    names
                        .values()
                        .removeIf(key -> key instanceof RecordKey record && record.id().isEmpty());
                    return names;
                  }
                }),
        new Mutant(
            "W2",
            "ends a walk with the first page that is full",
            data ->
                new NaiveStore(data) {
                  @Override
                  public WalkPage walk(String from, int limit) {
                    WalkPage page = super.walk(from, limit);
                    return limit == 7
                        ? new WalkPage(page.streams(), page.dedups(), page.records(), "")
                        : page;
                  }
                }),
        new Mutant(
            "W3",
            "goes on with walks of the same handle only",
            data ->
                new NaiveStore(data) {
                  private boolean walking;

                  @Override
                  public WalkPage walk(String from, int limit) {
                    walking |= from.isEmpty();
                    return walking
                        ? super.walk(from, limit)
                        : new WalkPage(List.of(), List.of(), List.of(), "");
                  }
                }),
        new Mutant(
            "W4",
            "names submits in lower case",
            data ->
                new NaiveStore(data) {
                  @Override
                  public WalkPage walk(String from, int limit) {
                    WalkPage page = super.walk(from, limit);
                    return new WalkPage(
                        page.streams(),
                        page.dedups().stream().map(MovingMutants::folded).toList(),
                        page.records(),
                        page.next());
                  }
                }),
        new Mutant(
            "W5",
            "counts what it has named",
            data ->
                new NaiveStore(data) {
                  @Override
                  public WalkPage walk(String from, int limit) {
                    check();
                    int offset = from.isEmpty() ? 0 : Integer.parseInt(from);
                    synchronized (data) {
                      List<Map.Entry<String, Object>> page =
                          names().entrySet().stream().skip(offset).limit(limit).toList();
                      return new WalkPage(
                          named(page, StreamKey.class),
                          named(page, DedupKey.class),
                          named(page, RecordKey.class),
                          page.size() < limit ? "" : Integer.toString(offset + limit));
                    }
                  }
                }),
        new Mutant(
            "W6",
            "declares that it cannot be moved and names nothing",
            data ->
                new NaiveStore(data) {
                  @Override
                  public StoreInfo info() {
                    StoreInfo info = super.info();
                    return new StoreInfo(
                        info.name(),
                        info.durability(),
                        info.shared(),
                        info.locking(),
                        Moving.NO,
                        info.maxPayloadBytes(),
                        info.maxCommitRows());
                  }

                  @Override
                  public WalkPage walk(String from, int limit) {
                    return new WalkPage(List.of(), List.of(), List.of(), "");
                  }
                }));
  }

  private static DedupKey folded(DedupKey key) {
    return new DedupKey(key.log(), key.sender(), key.clientId().toLowerCase(Locale.ROOT));
  }

  private static Stream<Mutant> moves() {
    return Stream.of(
        new Mutant(
            "M1",
            "numbers rows itself",
            data ->
                new NaiveStore(data) {
                  @Override
                  void append(LogAppend append) {
                    long next = append.expectedHead();
                    for (LogRow row : append.rows()) {
                      next++;
                      log(append.log())
                          .put(
                              next,
                              new LogRow(
                                  next,
                                  row.ordinal(),
                                  row.timeMillis(),
                                  row.format(),
                                  row.payload()));
                    }
                  }
                }),
        new Mutant(
            "M2",
            "closes the holes of an inbox",
            data ->
                new NaiveStore(data) {
                  @Override
                  void append(InboxAppend append) {
                    List<InboxRow> rows = new ArrayList<>();
                    long next = append.expectedHead();
                    for (InboxRow row : append.rows()) {
                      next++;
                      rows.add(
                          new InboxRow(
                              next,
                              row.type(),
                              row.format(),
                              row.log(),
                              row.seq(),
                              row.key(),
                              row.payload()));
                    }
                    super.append(
                        new InboxAppend(
                            append.inbox(), append.expectedHead(), append.verify(), rows));
                  }
                }),
        new Mutant(
            "M3",
            "looks only whether the numbers are free",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean inboxConflict(InboxAppend append) {
                    return append.rows().get(0).position() > append.expectedHead() + 1
                        ? append.rows().get(0).position() <= head(append.inbox()).head()
                        : super.inboxConflict(append);
                  }
                }),
        new Mutant(
            "M4",
            "looks at heads before it locks, where numbers are left out",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    boolean moves =
                        commit.logs().stream()
                            .anyMatch(log -> log.rows().get(0).seq() > log.expectedHead() + 1);
                    if (!moves) {
                      return super.commit(commit);
                    }
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
            "M5",
            "forgets the ordinal of what was trimmed",
            data ->
                new NaiveStore(data) {
                  @Override
                  void setFloor(StreamKey stream, StreamHead floor) {
                    super.setFloor(
                        stream, new StreamHead(floor.head(), 0, floor.timeMillis(), floor.floor()));
                  }
                }),
        new Mutant(
            "M6",
            "never replaces what never expires",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean dedupConflict(DedupRow row, long nowMillis) {
                    DedupRow known = data.dedups.get(row.key());
                    return (known != null && known.expiresAtMillis() == Long.MAX_VALUE)
                        || super.dedupConflict(row, nowMillis);
                  }
                }));
  }
}
