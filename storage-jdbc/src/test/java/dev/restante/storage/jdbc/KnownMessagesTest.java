package dev.restante.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.LogRow;
import org.junit.jupiter.api.Test;

class KnownMessagesTest {
  private static final int INBOX = 7;

  private final KnownMessages.Counts counts = new KnownMessages.Counts();
  private final KnownMessages messages = new KnownMessages(1 << 20, counts);

  private static LogRow row(long seq, int bytes) {
    return new LogRow(seq, seq, 1, 1, new byte[bytes]);
  }

  private void readTwice(long log, LogRow row) {
    messages.read(log, row);
    messages.read(log, row);
  }

  @Test
  void aRowIsRememberedWhenItIsReadForTheSecondTime() {
    LogRow row = row(1, 10);
    assertThat(messages.read(5, row)).isFalse();
    assertThat(messages.find(5, 1)).isNull();
    assertThat(messages.read(5, row)).isFalse();
    assertThat(messages.find(5, 1)).isSameAs(row);
    assertThat(messages.read(5, row(1, 10))).isTrue();
    assertThat(messages.find(5, 1)).isSameAs(row);
    assertThat(messages.find(1, 5)).isNull();
    assertThat(messages.find(5, 2)).isNull();
  }

  @Test
  void moreThanWasAllowedIsNotKept() {
    for (int seq = 1; seq <= 5_000; seq++) {
      readTwice(5, row(seq, 1_000));
    }
    long bytes = 0;
    for (int seq = 1; seq <= 5_000; seq++) {
      LogRow row = messages.find(5, seq);
      bytes += row == null ? 0 : row.payload().length;
    }
    assertThat(bytes).isBetween(100_000L, 1L << 20);
  }

  /** A first reading that is forgotten before the second one costs the message its place. */
  @Test
  void asManyAreSeenToBeReadTwiceAsThereIsRoomFor() {
    int rows = 4_000;
    for (int seq = 1; seq <= rows; seq++) {
      messages.read(5, row(seq, 20));
    }
    int known = 0;
    for (int seq = 1; seq <= rows; seq++) {
      messages.read(5, row(seq, 20));
      known += messages.find(5, seq) == null ? 0 : 1;
    }
    assertThat(known).isGreaterThan(rows * 4 / 5);
  }

  @Test
  void aLargeRowIsNotRemembered() {
    readTwice(5, row(1, KnownMessages.LARGEST_PAYLOAD_BYTES));
    readTwice(5, row(2, KnownMessages.LARGEST_PAYLOAD_BYTES + 1));
    assertThat(messages.find(5, 1)).isNotNull();
    assertThat(messages.find(5, 2)).isNull();
  }

  @Test
  void aPageIsExpectedToBeAsTheLastOneOfItsInbox() {
    assertThat(messages.expects(INBOX)).isFalse();
    messages.counted(INBOX, 10, 5, 10);
    assertThat(messages.expects(INBOX)).isTrue();
    messages.counted(INBOX, 10, 4, 6);
    assertThat(messages.expects(INBOX)).isFalse();
    messages.counted(INBOX, 0, 0, 0);
    assertThat(messages.expects(INBOX)).isFalse();
    assertThat(counts.hits.sum()).isEqualTo(4);
    assertThat(counts.misses.sum()).isEqualTo(16);
  }

  @Test
  void ofAnUnknownInboxWhatIsUsualIsExpected() {
    for (int i = 0; i < 20; i++) {
      messages.counted(INBOX, 10, 10, 0);
    }
    assertThat(messages.expects(INBOX + 1)).isTrue();
    for (int i = 0; i < 20; i++) {
      messages.counted(INBOX, 10, 0, 10);
    }
    assertThat(messages.expects(INBOX + 1)).isFalse();
  }

  @Test
  void withoutMemoryNothingIsRemembered() {
    LogRow row = row(1, 10);
    for (int i = 0; i < 3; i++) {
      assertThat(KnownMessages.NONE.read(5, row)).isFalse();
    }
    KnownMessages.NONE.counted(INBOX, 10, 10, 0);
    assertThat(KnownMessages.NONE.find(5, 1)).isNull();
    assertThat(KnownMessages.NONE.expects(INBOX)).isFalse();
  }
}
