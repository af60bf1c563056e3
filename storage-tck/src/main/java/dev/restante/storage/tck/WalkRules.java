package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.NOW;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.logRows;
import static dev.restante.storage.tck.Samples.note;
import static dev.restante.storage.tck.Samples.notes;
import static dev.restante.storage.tck.Samples.record;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.restante.storage.DedupKey;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import dev.restante.storage.WalkPage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Everything that a store holds can be named. */
interface WalkRules extends Rules {
  /** More pages than any walk of these tests has. */
  int ENDLESS = 10_000;

  /** A page that has everything, if the store likes. */
  int LARGE = 1_000;

  @Test
  @Tag("W1")
  default void W1_everythingIsNamed() {
    fixture().needsMoving("W1");
    StreamKey empty = StreamKey.log(TENANT, "trimmed to empty");
    StreamKey emptyInbox = StreamKey.inbox(TENANT, "trimmed to empty");
    committed(
        commit()
            .log(LOG, logRows(1, 2))
            .log(empty, logRows(1, 2))
            .inbox(INBOX, notes(1, 2))
            .inbox(emptyInbox, note(1)));
    trim(empty, 2, ALL);
    trim(emptyInbox, 1, ALL);
    List<DedupKey> submits = List.of(submit("lasting"), submit("expired"), submit("eternal"));
    committed(
        commit()
            .dedup(remembered(submits.get(0), 1, NOW + 1))
            .dedup(remembered(submits.get(1), 2, NOW - 1))
            .dedup(remembered(submits.get(2), 2, Long.MAX_VALUE)));
    List<RecordKey> records =
        List.of(
            record("phone"),
            record(""),
            new RecordKey(INBOX, "other", "phone"),
            new RecordKey(LOG, "group", ""),
            new RecordKey(StreamKey.STORE, "seal", ""),
            new RecordKey(StreamKey.STORE, "seal", "second"),
            new RecordKey(StreamKey.inbox(TENANT, "nobody wrote to"), "devices", ""),
            new RecordKey(StreamKey.log("another tenant", "n"), "group", "id"));
    records.forEach(key -> committed(commit().record(RecordWrite.set(key, 1, bytes("value")))));

    Names names = walked(LARGE);

    assertThat(names.streams).contains(LOG, empty, INBOX, emptyInbox);
    assertThat(names.records).containsExactlyInAnyOrderElementsOf(records);
    if (store().info().moving().out()) {
      assertThat(names.dedups).containsExactlyInAnyOrderElementsOf(submits);
    }
  }

  @Test
  @Tag("W2")
  default void W2_pagesOfAnySizeNameEverything() {
    fixture().needsMoving("W2");
    Names expected = fill(41);
    for (int limit : new int[] {1, 2, 7, 41, LARGE, Integer.MAX_VALUE}) {
      containsAll(walked(limit), expected);
    }
  }

  @Test
  @Tag("W3")
  default void W3_anotherHandleGoesOnWhereOneStopped() {
    fixture().needsMoving("W3");
    Names expected = fill(41);
    Names names = new Names();
    boolean reopens = !store().info().shared();
    String from = "";
    for (int pages = 0; pages < ENDLESS; pages++) {
      if (reopens && pages % 16 == 1) {
        fixture().reopen();
      }
      Store store = pages % 16 == 1 ? fixture().anotherIfShared() : store();
      WalkPage page = store.walk(from, 3);
      names.add(page);
      from = page.next();
      if (from.isEmpty()) {
        break;
      }
    }
    assertThat(from).as("where the walk ended").isEmpty();
    containsAll(names, expected);
  }

  @Test
  @Tag("W4")
  default void W4_namesAreGivenBackByteByByte() {
    fixture().needsMoving("W4");
    Names expected = new Names();
    List<String> texts = new ArrayList<>(Hostile.NAMES);
    texts.add(Hostile.ofBytes(255));
    CommitBuilder all = commit();
    for (String name : texts) {
      StreamKey log = StreamKey.log(name, "n" + name);
      DedupKey submit = new DedupKey(log, name, name);
      RecordKey record = new RecordKey(StreamKey.inbox(TENANT, name), "space", name);
      all.log(log, logRow(1))
          .inbox(StreamKey.inbox(name, name), note(1))
          .dedup(remembered(submit, 1, Long.MAX_VALUE))
          .record(RecordWrite.set(record, 1, bytes("value")));
      expected.streams.add(log);
      expected.streams.add(StreamKey.inbox(name, name));
      expected.dedups.add(submit);
      expected.records.add(record);
    }
    committed(all);
    containsAll(walked(10), expected);
  }

  @Test
  @Tag("W5")
  default void W5_whatStaysIsNamedWhateverComesAndGoes() {
    fixture().needsMoving("W5");
    Names expected = fill(60);
    Set<RecordKey> passing = new HashSet<>();
    CommitBuilder all = commit();
    for (int i = 0; i < 60; i++) {
      // Among those that stay, in whatever order the store has them.
      RecordKey key = record("id %02d passing".formatted(i));
      passing.add(key);
      all.record(RecordWrite.set(key, 1, bytes("value")))
          .dedup(remembered(submit("id %02d passing".formatted(i)), 1, NOW));
    }
    committed(all);
    int[] pages = {0};
    Consumer<WalkPage> meanwhile =
        page -> {
          int nth = pages[0]++;
          CommitBuilder changes = commit();
          page.records().stream()
              .filter(passing::contains)
              .distinct()
              .forEach(key -> changes.record(RecordWrite.remove(key)));
          repeating(() -> store().removeExpiredDedups(NOW, 3));
          StreamKey fresh = StreamKey.log(TENANT, "fresh " + nth);
          RecordKey one = record("id %02d fresh".formatted(nth));
          committed(changes.log(fresh, logRow(1)).record(RecordWrite.set(one, 1, bytes("v"))));
          trim(fresh, 1, ALL);
        };
    containsAll(walked(4, meanwhile), expected);
  }

  @Test
  @Tag("W6")
  default void W6_aStoreThatCannotBeMovedSaysSo() {
    Assumptions.assumeFalse(
        store().info().moving().in(),
        () -> "W6 is about stores that cannot be moved; " + store().info().name() + " can");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> store().walk("", 1));
  }

  /** So many logs, inboxes, submits and records. */
  private Names fill(int count) {
    Names names = new Names();
    CommitBuilder all = commit();
    for (int i = 0; i < count; i++) {
      String name = "id %02d".formatted(i);
      StreamKey log = StreamKey.log(TENANT, name);
      StreamKey inbox = StreamKey.inbox(TENANT, name);
      all.log(log, logRow(1))
          .inbox(inbox, note(1))
          .dedup(remembered(submit(name), 1, Long.MAX_VALUE))
          .record(RecordWrite.set(record(name), 1, bytes("value")));
      names.streams.add(log);
      names.streams.add(inbox);
      names.dedups.add(submit(name));
      names.records.add(record(name));
    }
    committed(all);
    return names;
  }

  private void containsAll(Names names, Names expected) {
    assertThat(names.streams).containsAll(expected.streams);
    assertThat(names.records).containsAll(expected.records);
    if (store().info().moving().out()) {
      assertThat(names.dedups).containsAll(expected.dedups);
    }
  }

  private Names walked(int limit) {
    return walked(limit, page -> {});
  }

  private Names walked(int limit, Consumer<WalkPage> meanwhile) {
    Names names = new Names();
    String from = "";
    for (int pages = 0; pages < ENDLESS; pages++) {
      WalkPage page = store().walk(from, limit);
      names.add(page);
      from = page.next();
      if (from.isEmpty()) {
        return names;
      }
      if (pages < 30) {
        meanwhile.accept(page);
      }
    }
    throw new AssertionError("A walk has not ended after %d pages".formatted(ENDLESS));
  }

  /** What was named. */
  final class Names {
    private final Set<StreamKey> streams = new LinkedHashSet<>();
    private final Set<DedupKey> dedups = new LinkedHashSet<>();
    private final Set<RecordKey> records = new LinkedHashSet<>();

    private void add(WalkPage page) {
      streams.addAll(page.streams());
      dedups.addAll(page.dedups());
      records.addAll(page.records());
    }
  }
}
