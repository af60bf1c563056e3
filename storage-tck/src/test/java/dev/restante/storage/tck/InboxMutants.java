package dev.restante.storage.tck;

import static dev.restante.storage.tck.NaiveStore.pause;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.List;
import java.util.NavigableMap;
import java.util.stream.Stream;

/** Breaks inboxes (I). */
final class InboxMutants {
  private InboxMutants() {}

  static Stream<Mutant> all() {
    return Stream.concat(reading(), compacting());
  }

  private static Stream<Mutant> reading() {
    return Stream.of(
        new Mutant(
            "I1",
            "returns the row at the position too",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    return super.readInbox(inbox, after - 1, limit, maxBytes);
                  }
                }),
        new Mutant(
            "I2",
            "returns one row too many",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    return super.readInbox(inbox, after, limit + 1, maxBytes);
                  }
                }),
        new Mutant(
            "I3",
            "does not count the bytes of log rows",
            data ->
                new NaiveStore(data) {
                  @Override
                  long size(InboxItem item) {
                    return item.row().payload().length;
                  }
                }),
        new Mutant(
            "I4",
            "returns nothing where the first row is too large",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean isFull(int count, long bytes, int limit, long maxBytes) {
                    return count == limit || bytes > maxBytes;
                  }
                }),
        new Mutant(
            "I5",
            "claims to have scanned to the head although it was cut short",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    InboxSlice slice = super.readInbox(inbox, after, limit, maxBytes);
                    long claimed = Math.max(after, head(inbox).head());
                    return new InboxSlice(slice.items(), claimed, slice.more(), slice.floor());
                  }
                }),
        new Mutant(
            "I6",
            "scans to the last row that it found and no further",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    InboxSlice slice = super.readInbox(inbox, after, limit, maxBytes);
                    List<InboxItem> items = slice.items();
                    long last =
                        items.isEmpty() ? after : items.get(items.size() - 1).row().position();
                    return new InboxSlice(items, last, slice.more(), slice.floor());
                  }
                }),
        new Mutant(
            "I7",
            "looks for a log row only where the inbox row is empty",
            data ->
                new NaiveStore(data) {
                  @Override
                  Stream<InboxItem> join(InboxRow row) {
                    return row.payload().length == 0
                        ? super.join(row)
                        : Stream.of(new InboxItem(row, null));
                  }
                }),
        new Mutant(
            "I12",
            "does not tell the floor",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    InboxSlice slice = super.readInbox(inbox, after, limit, maxBytes);
                    return new InboxSlice(slice.items(), slice.scannedTo(), slice.more(), 0);
                  }
                }),
        new Mutant(
            "I13",
            "sends a reader beyond the head back",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    return super.readInbox(
                        inbox, Math.min(after, head(inbox).head()), limit, maxBytes);
                  }
                }),
        new Mutant(
            "I14",
            "reads rows in one step and the head in another",
            data ->
                new NaiveStore(data) {
                  @Override
                  public InboxSlice readInbox(
                      StreamKey inbox, long after, int limit, long maxBytes) {
                    InboxSlice slice = super.readInbox(inbox, after, limit, maxBytes);
                    if (slice.more()) {
                      return slice;
                    }
                    pause();
                    long head = heads(List.of(inbox)).get(0).head();
                    return new InboxSlice(
                        slice.items(), Math.max(after, head), false, slice.floor());
                  }
                }));
  }

  private static Stream<Mutant> compacting() {
    return Stream.of(
        new Mutant(
            "I8",
            "does not compact",
            data ->
                new NaiveStore(data) {
                  @Override
                  boolean superseded(InboxRow older, InboxRow newer) {
                    return false;
                  }
                }),
        new Mutant(
            "I9",
            "compacts against what was there before the append",
            data ->
                new NaiveStore(data) {
                  @Override
                  void append(InboxAppend append) {
                    append.rows().forEach(row -> compact(append.inbox(), row));
                    append.rows().forEach(row -> inbox(append.inbox()).put(row.position(), row));
                  }
                }),
        new Mutant(
            "I10",
            "compacts every inbox",
            data ->
                new NaiveStore(data) {
                  @Override
                  void compact(StreamKey inbox, InboxRow newer) {
                    for (NavigableMap<Long, InboxRow> any : data.inboxes.values()) {
                      any.values()
                          .removeIf(
                              older ->
                                  older.position() < newer.position() && superseded(older, newer));
                    }
                  }
                }),
        new Mutant(
            "I11",
            "raises the floor when it compacts",
            data ->
                new NaiveStore(data) {
                  @Override
                  void append(InboxAppend append) {
                    super.append(append);
                    long below = inbox(append.inbox()).firstKey() - 1;
                    if (below > floor(append.inbox()).floor()) {
                      setFloor(append.inbox(), new StreamHead(below, 0, 0, below));
                    }
                  }
                }),
        new Mutant(
            "I15",
            "removes the superseded row a step too early",
            data ->
                new NaiveStore(data) {
                  @Override
                  public CommitOutcome commit(Commit commit) {
                    synchronized (data) {
                      for (InboxAppend append : commit.inboxes()) {
                        append.rows().forEach(row -> compact(append.inbox(), row));
                      }
                    }
                    pause();
                    return super.commit(commit);
                  }
                }));
  }
}
