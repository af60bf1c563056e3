package dev.restante.storage.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.storage.CommitOutcome;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StreamKey;
import dev.restante.testredis.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a message costs in Redis's memory: a log row with 100 bytes of payload, a reference in one
 * inbox, and a dedup row. Users are named by UUIDs of 36 characters, conversations by two of them.
 * {@code docs/storage-redis.md} tells the figures.
 */
final class MemoryTest {
  private static final int MESSAGES = 100_000;
  private static final int PAYLOAD_BYTES = 100;
  private static final int BATCH = 500;
  private static final long START_MILLIS = 1_760_000_000_000L;
  private static final long WINDOW_MILLIS = Duration.ofDays(7).toMillis();

  /**
   * @param talks how many conversations the messages are in
   * @param most bytes that a message may cost, all that belongs to streams included
   * @param mostAlone bytes that it may cost when the dedup rows are gone
   */
  @ParameterizedTest
  @CsvSource({"10000, 390, 270", "1000, 345, 220", "100, 345, 215"})
  void aMessageTakesLittle(int talks, long most, long mostAlone) {
    try (RedisProcess redis = RedisProcess.start(List.of("--appendonly", "no"));
        Store store = RedisStorage.at(redis.uri()).open(new StoreContext(Duration.ofSeconds(30)))) {
      long before = usedBytes(redis);
      write(store, talks);
      long all = usedBytes(redis) - before;
      int removed = store.removeExpiredDedups(Long.MAX_VALUE, Integer.MAX_VALUE);
      long alone = usedBytes(redis) - before;
      System.out.printf(
          "%,d messages of %d bytes in %,d conversations: %d bytes each, %d without dedup row%n",
          MESSAGES, PAYLOAD_BYTES, talks, all / MESSAGES, alone / MESSAGES);

      assertThat(removed).isEqualTo(MESSAGES);
      assertThat(all / MESSAGES).isLessThan(most);
      assertThat(alone / MESSAGES).isLessThan(mostAlone);
    }
  }

  private static void write(Store store, int talks) {
    for (int first = 0; first < MESSAGES; first += BATCH) {
      Commits batch = Commits.commit();
      for (int i = first; i < first + BATCH && i < MESSAGES; i++) {
        add(batch, i, talks);
      }
      assertThat(store.commit(batch.build())).isEqualTo(CommitOutcome.COMMITTED);
    }
  }

  /**
   * The messages go round the conversations, and where there are fewer of these than messages in a
   * commit, each takes its messages of the commit together.
   */
  private static void add(Commits batch, int i, int talks) {
    int run = Math.max(1, BATCH / talks);
    if (i % run != 0) {
      return;
    }
    int talk = i / run % talks;
    long before = (long) (i / run / talks) * run;
    StreamKey log = StreamKey.log("", name(2 * talk) + ":" + name(2 * talk + 1));
    LogRow[] rows = new LogRow[run];
    InboxRow[] references = new InboxRow[run];
    for (int n = 0; n < run; n++) {
      long seq = before + n + 1;
      rows[n] = new LogRow(seq, seq, START_MILLIS + i, 1, payload(i + n));
      references[n] = InboxRow.reference(seq, 1, log, seq);
      DedupKey key = new DedupKey(log, name(2 * talk), name(-1 - i - n));
      batch.dedup(
          new DedupRow(
              key, i * 31L, seq, START_MILLIS + i, START_MILLIS + i + WINDOW_MILLIS, false));
    }
    batch.log(log, rows).inbox(StreamKey.inbox("", name(2 * talk + 1)), references);
  }

  private static String name(int number) {
    byte[] seed = Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
    return UUID.nameUUIDFromBytes(seed).toString();
  }

  private static byte[] payload(int number) {
    byte[] payload = new byte[PAYLOAD_BYTES];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) ((number + i) * 31);
    }
    return payload;
  }

  private static long usedBytes(RedisProcess redis) {
    String info = redis.ask(commands -> commands.info("memory"));
    return info.lines()
        .filter(line -> line.startsWith("used_memory:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow();
  }
}
