package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.RecordKey;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamKey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SessionRecordTest {
  private static final RecordKey KEY =
      new RecordKey(StreamKey.inbox("tenant", "bob"), Keys.SESSIONS, "phone");

  @Test
  @Tag("S4")
  void aStandstillIsKept() {
    Standstill stands = new Standstill(3, 17, true, 4, 117);
    SessionRecord record = new SessionRecord(5L << 16, 1_000, stands);
    assertThat(SessionRecord.of(new StoredRecord(KEY, record.version(), record.encode())))
        .isEqualTo(record);
    assertThat(record.touch(2_000).standstill()).isEqualTo(stands);
    Standstill again = stands.resent();
    assertThat(record.resent(again, 2_000))
        .isEqualTo(new SessionRecord(record.version() + 1, 2_000, again));
  }

  @Test
  @Tag("O6")
  void whatAnEarlierVersionWroteIsReadAsNoStandstill() {
    byte[] before = RecordCodec.encode(out -> out.writeLong(1_000));
    assertThat(SessionRecord.of(new StoredRecord(KEY, 5, before)))
        .isEqualTo(new SessionRecord(5, 1_000, Standstill.NONE));
  }

  @Test
  @Tag("O6")
  void whatALaterVersionAppendsIsPassedOver() {
    Standstill stands = new Standstill(3, 17, true, 4, 117);
    byte[] later =
        RecordCodec.encode(
            out -> {
              out.writeLong(1_000);
              stands.write(out);
              out.writeUTF("something new");
            });
    assertThat(SessionRecord.of(new StoredRecord(KEY, 5, later)))
        .isEqualTo(new SessionRecord(5, 1_000, stands));
  }
}
