package dev.restante.storage.tck;

import static dev.restante.storage.tck.Samples.INBOX;
import static dev.restante.storage.tck.Samples.LOG;
import static dev.restante.storage.tck.Samples.SPACE;
import static dev.restante.storage.tck.Samples.TENANT;
import static dev.restante.storage.tck.Samples.bytes;
import static dev.restante.storage.tck.Samples.commit;
import static dev.restante.storage.tck.Samples.logRow;
import static dev.restante.storage.tck.Samples.nothing;
import static dev.restante.storage.tck.Samples.positions;
import static dev.restante.storage.tck.Samples.record;
import static dev.restante.storage.tck.Samples.remembered;
import static dev.restante.storage.tck.Samples.show;
import static dev.restante.storage.tck.Samples.showInbox;
import static dev.restante.storage.tck.Samples.showLog;
import static dev.restante.storage.tck.Samples.showRows;
import static dev.restante.storage.tck.Samples.submit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ids and payloads are data, whatever they look like. */
interface HostileDataRules extends Rules {
  @Test
  @Tag("X1")
  default void X1_streamsThatDifferInOneByteAreDifferent() {
    List<StreamKey> logs = new ArrayList<>();
    List<StreamKey> inboxes = new ArrayList<>();
    for (String name : Hostile.NAMES) {
      logs.add(StreamKey.log(TENANT, name));
      logs.add(StreamKey.log(name, "name"));
      inboxes.add(StreamKey.inbox(TENANT, name));
      inboxes.add(StreamKey.inbox(name, "name"));
    }
    eachKeepsItsOwn(logs, inboxes);
  }

  @Test
  @Tag("X2")
  default void X2_kindTenantAndNameAreNotJoinedCarelessly() {
    List<StreamKey> logs = new ArrayList<>();
    List<StreamKey> inboxes = new ArrayList<>();
    for (Hostile.Pair pair : Hostile.PAIRS) {
      logs.add(StreamKey.log(pair.left(), pair.right()));
      inboxes.add(StreamKey.inbox(pair.left(), pair.right()));
    }
    eachKeepsItsOwn(logs, inboxes);
  }

  @Test
  @Tag("X3")
  default void X3_recordsThatDifferInOneByteAreDifferent() {
    List<RecordKey> keys = new ArrayList<>();
    for (String name : Hostile.NAMES) {
      keys.add(record(name));
      keys.add(new RecordKey(StreamKey.inbox(TENANT, name), SPACE, "id"));
      keys.add(new RecordKey(StreamKey.log(name, "name"), SPACE, "id"));
    }
    for (Hostile.Pair pair : Hostile.PAIRS) {
      keys.add(new RecordKey(StreamKey.inbox(TENANT, pair.left()), SPACE, pair.right()));
      keys.add(new RecordKey(StreamKey.inbox(pair.left(), pair.right()), SPACE, "id"));
    }
    keys = keys.stream().distinct().toList();
    CommitBuilder all = commit();
    for (int i = 0; i < keys.size(); i++) {
      all.record(RecordWrite.set(keys.get(i), i + 1L, bytes(keys.get(i).id())));
    }
    committed(all);

    for (int i = 0; i < keys.size(); i++) {
      RecordKey key = keys.get(i);
      assertThat(show(stored(key))).isEqualTo(show(new StoredRecord(key, i + 1L, bytes(key.id()))));
    }
  }

  @Test
  @Tag("X4")
  default void X4_compactionKeysThatDifferInOneByteAreDifferent() {
    int count = Hostile.NAMES.size();
    InboxRow[] rows = new InboxRow[count];
    for (int i = 0; i < count; i++) {
      rows[i] = Samples.keyed(i + 1L, Hostile.NAMES.get(i));
    }
    committed(commit().inbox(INBOX, rows));
    assertThat(showRows(items(INBOX))).isEqualTo(showInbox(rows));

    for (int i = 0; i < count; i++) {
      committed(commit().inbox(INBOX, Samples.keyed(count + i + 1L, Hostile.NAMES.get(i))));
      assertThat(positions(items(INBOX)))
          .hasSize(count)
          .startsWith(i + 2L)
          .endsWith(count + i + 1L);
    }
  }

  @Test
  @Tag("X5")
  default void X5_idsOfFullLengthAreKeptToTheLastByte() {
    String tenant = Hostile.ofBytes(254);
    String name = Hostile.ofBytes(StreamKey.MAX_NAME_BYTES - 1);
    List<StreamKey> logs = new ArrayList<>();
    List<StreamKey> inboxes = new ArrayList<>();
    CommitBuilder others = commit();
    List<DedupKey> submits = new ArrayList<>();
    List<RecordKey> records = new ArrayList<>();
    for (String end : List.of("1", "2")) {
      logs.add(StreamKey.log(tenant, name + end));
      logs.add(StreamKey.log(tenant + end, name));
      inboxes.add(StreamKey.inbox(tenant + end, name + end));
      submits.add(new DedupKey(logs.get(0), tenant + end, tenant));
      submits.add(new DedupKey(logs.get(0), tenant, tenant + end));
      records.add(new RecordKey(logs.get(0), "abcdefghijklmnop", name + end));
    }
    eachKeepsItsOwn(logs, inboxes);
    submits.forEach(key -> others.dedup(remembered(key, 1, Long.MAX_VALUE)));
    records.forEach(key -> others.record(RecordWrite.set(key, 1, nothing())));
    others.inbox(INBOX, Samples.keyed(1, tenant + "1"), Samples.keyed(2, tenant + "2"));
    committed(others);

    assertThat(store().dedups(submits)).containsOnlyKeys(submits);
    assertThat(store().records(records)).containsOnlyKeys(records);
    assertThat(positions(items(INBOX))).containsExactly(1L, 2L);
  }

  @Test
  @Tag("X6")
  default void X6_payloadsComeBackByteForByte() {
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    byte[] large = new byte[Math.min(1 << 20, store().info().maxPayloadBytes())];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) ((i * 31) >> 3);
    }
    List<byte[]> payloads =
        List.of(nothing(), new byte[1], new byte[] {-1}, new byte[] {-1, 0, -1}, every, large);
    for (int i = 0; i < payloads.size(); i++) {
      byte[] payload = payloads.get(i);
      InboxRow row = new InboxRow(i + 1L, 1, 0, LOG, i + 1L, null, payload);
      committed(
          commit()
              .log(LOG, logRow(i + 1L, payload))
              .inbox(INBOX, row)
              .record(RecordWrite.set(record("payload " + i), 1, payload)));

      assertThat(rows(LOG).get(i).payload()).isEqualTo(payload);
      assertThat(items(INBOX).get(i).row().payload()).isEqualTo(payload);
      assertThat(show(items(INBOX).get(i).logRow())).isEqualTo(show(rows(LOG).get(i)));
      assertThat(show(stored(record("payload " + i))))
          .isEqualTo(show(new StoredRecord(record("payload " + i), 1, payload)));
    }
  }

  @Test
  @Tag("X7")
  default void X7_numbersOfEverySizeComeBackExactly() {
    LogRow first = new LogRow(1, 0, 0, 0, nothing());
    LogRow exact = new LogRow(2, (1L << 53) + 1, (1L << 53) + 1, 32_767, nothing());
    LogRow last = new LogRow(3, Long.MAX_VALUE, Long.MAX_VALUE, 1, nothing());
    InboxRow wide = new InboxRow(1, 32_767, 32_767, LOG, Long.MAX_VALUE, null, nothing());
    InboxRow narrow = new InboxRow(2, 0, 0, null, 0, null, nothing());
    List<DedupRow> submits =
        List.of(
            new DedupRow(submit("low"), Long.MIN_VALUE, 1, 0, 1, false),
            new DedupRow(submit("minus"), -1, Long.MAX_VALUE, Long.MAX_VALUE, 2, false),
            new DedupRow(submit("high"), Long.MAX_VALUE, (1L << 53) + 1, 3, Long.MAX_VALUE, false));
    CommitBuilder all = commit().log(LOG, first, exact, last).inbox(INBOX, wide, narrow);
    submits.forEach(all::dedup);
    committed(
        all.record(RecordWrite.set(record("max"), Long.MAX_VALUE, nothing()))
            .record(RecordWrite.set(record("odd"), (1L << 53) + 1, nothing())));

    assertThat(showLog(rows(LOG))).isEqualTo(showLog(first, exact, last));
    assertThat(showRows(items(INBOX))).isEqualTo(showInbox(wide, narrow));
    for (DedupRow row : submits) {
      assertThat(show(recalled(row.key()))).isEqualTo(show(row));
    }
    assertThat(version(store(), record("max"))).isEqualTo(Long.MAX_VALUE);
    assertThat(version(store(), record("odd"))).isEqualTo((1L << 53) + 1);
    trim(LOG, 3, ALL);
    assertThat(head(LOG)).isEqualTo(new StreamHead(3, Long.MAX_VALUE, Long.MAX_VALUE, 3));
  }

  /** Writes one row into each stream, saying which, and looks whether it is there and alone. */
  private void eachKeepsItsOwn(List<StreamKey> logs, List<StreamKey> inboxes) {
    List<StreamKey> distinctLogs = logs.stream().distinct().toList();
    List<StreamKey> distinctInboxes = inboxes.stream().distinct().toList();
    CommitBuilder all = commit();
    distinctLogs.forEach(log -> all.log(log, logRow(1, bytes(log.toString()))));
    distinctInboxes.forEach(inbox -> all.inbox(inbox, own(inbox)));
    committed(all);

    for (StreamKey log : distinctLogs) {
      assertThat(showLog(rows(log))).isEqualTo(showLog(logRow(1, bytes(log.toString()))));
    }
    for (StreamKey inbox : distinctInboxes) {
      assertThat(showRows(items(inbox))).isEqualTo(showInbox(own(inbox)));
    }
  }

  private static InboxRow own(StreamKey inbox) {
    StreamKey log = StreamKey.log(inbox.tenant(), inbox.name());
    return new InboxRow(1, 1, 0, log, 1, null, bytes(inbox.toString()));
  }
}
