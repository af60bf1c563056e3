package dev.restante.storage.redis;

import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome.Refused;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Durability;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.Moving;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StoreInfo;
import dev.restante.storage.StreamKey;
import java.util.Optional;

/** What a store on Redis takes. */
final class Limits {
  static final int MAX_PAYLOAD_BYTES = 16 << 20;

  /**
   * For the largest group there may be. Redis does nothing else meanwhile, some 6 µs for each row;
   * batches of the core are smaller.
   */
  private static final int MAX_COMMIT_ROWS = 10_000;

  private Limits() {}

  static StoreInfo info(Durability durability, Moving moving) {
    return new StoreInfo(
        "redis", durability, true, true, moving, MAX_PAYLOAD_BYTES, MAX_COMMIT_ROWS);
  }

  static Optional<Refused> refusal(Commit commit) {
    for (LogAppend append : commit.logs()) {
      for (LogRow row : append.rows()) {
        if (row.payload().length > MAX_PAYLOAD_BYTES) {
          return tooLarge("log row " + row.seq(), row.payload());
        }
      }
    }
    for (InboxAppend append : commit.inboxes()) {
      for (InboxRow row : append.rows()) {
        if (row.payload().length > MAX_PAYLOAD_BYTES) {
          return tooLarge("inbox row " + row.position(), row.payload());
        }
      }
    }
    for (RecordWrite write : commit.records()) {
      if (write.payload().length > MAX_PAYLOAD_BYTES) {
        return tooLarge("record in space " + write.key().space(), write.payload());
      }
    }
    return Optional.empty();
  }

  /**
   * Names that have no UTF-8 form, and references to another tenant. A store on one server finds
   * them while it packs a commit; one that packs a commit cell by cell looks before.
   */
  static Optional<Refused> refusalOfNames(Commit commit) {
    try {
      commit.logs().forEach(append -> check(append.log()));
      commit.inboxes().forEach(Limits::check);
      for (DedupRow row : commit.dedups()) {
        check(row.key().log());
        Utf8.check(row.key().sender());
        Utf8.check(row.key().clientId());
      }
      commit.records().forEach(write -> check(write.key()));
      commit.guards().forEach(guard -> check(guard.key()));
      return Optional.empty();
    } catch (Utf8.Malformed | CommitScript.Unfit e) {
      return Optional.of(new Refused(String.valueOf(e.getMessage())));
    }
  }

  private static void check(InboxAppend append) {
    check(append.inbox());
    for (InboxRow row : append.rows()) {
      CommitScript.checkReference(append.inbox(), row);
      StreamKey log = row.log();
      if (log != null) {
        check(log);
      }
      String key = row.key();
      if (key != null) {
        Utf8.check(key);
      }
    }
  }

  private static void check(RecordKey record) {
    check(record.partition());
    Utf8.check(record.space());
    Utf8.check(record.id());
  }

  private static void check(StreamKey stream) {
    Utf8.check(stream.tenant());
    Utf8.check(stream.name());
  }

  private static Optional<Refused> tooLarge(String what, byte[] payload) {
    return Optional.of(
        new Refused(
            "The payload of %s has %d bytes, more than %d"
                .formatted(what, payload.length, MAX_PAYLOAD_BYTES)));
  }
}
