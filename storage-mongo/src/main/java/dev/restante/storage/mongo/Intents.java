package dev.restante.storage.mongo;

import dev.restante.storage.Commit;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.RecordWrite.Condition;
import dev.restante.storage.cells.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.Document;
import org.bson.types.Binary;

/**
 * What a transaction leaves in a cell: everything that it takes to finish there, as the documents
 * that will be written. So whoever meets it can do that.
 */
final class Intents {
  /** How a record is written: as it stands, if that is greater, or not at all. */
  static final int ALWAYS = 0;

  static final int IF_GREATER = 1;

  private Intents() {}

  static Document of(String transaction, Part part) {
    Document intent = new Document(Fields.TRANSACTION, transaction);
    Commit commit = part.commit();
    if (part.cell().isRecord()) {
      addRecord(intent, commit.records());
    } else {
      commit.logs().forEach(append -> addLog(intent, append));
      commit.inboxes().forEach(append -> addInbox(intent, append));
      if (!commit.dedups().isEmpty()) {
        intent.append(
            Fields.DEDUPS,
            commit.dedups().stream().map(row -> Rows.of(row, commit.nowMillis())).toList());
      }
    }
    return intent;
  }

  private static void addRecord(Document intent, List<RecordWrite> writes) {
    RecordWrite write = writes.get(0);
    boolean raises = write.condition() == Condition.IF_GREATER;
    intent
        .append(Fields.WRITES, raises ? IF_GREATER : ALWAYS)
        .append(Fields.VERSION, write.version())
        .append(Fields.PAYLOAD, new Binary(write.payload()));
  }

  private static void addLog(Document intent, LogAppend append) {
    String log = Names.stream(append.log());
    LogRow last = append.rows().get(append.rows().size() - 1);
    intent
        .append(Fields.HEAD, last.seq())
        .append(Fields.ORDINAL, last.ordinal())
        .append(Fields.LAST_TIME, last.timeMillis())
        .append(Fields.ROWS, append.rows().stream().map(row -> Rows.of(log, row)).toList());
  }

  /** Rows that are superseded within the append are not written at all. */
  private static void addInbox(Document intent, InboxAppend append) {
    String inbox = Names.stream(append.inbox());
    Map<String, Long> newest = new HashMap<>();
    for (InboxRow row : append.rows()) {
      if (row.key() != null) {
        newest.put(row.key(), row.position());
      }
    }
    List<Document> rows = new ArrayList<>(append.rows().size());
    for (InboxRow row : append.rows()) {
      if (row.key() == null || newest.getOrDefault(row.key(), 0L) == row.position()) {
        rows.add(Rows.of(inbox, row));
      }
    }
    intent
        .append(Fields.HEAD, append.rows().get(append.rows().size() - 1).position())
        .append(Fields.ORDINAL, 0L)
        .append(Fields.LAST_TIME, 0L)
        .append(Fields.ROWS, rows);
    if (!newest.isEmpty()) {
      intent.append(Fields.KEYED, true);
    }
  }

  /** The head that a commit expects of its stream; -1 if it appends nothing. */
  static long expectedHead(Commit commit) {
    if (!commit.logs().isEmpty()) {
      return commit.logs().get(0).expectedHead();
    }
    return commit.inboxes().isEmpty() ? -1 : commit.inboxes().get(0).expectedHead();
  }

  /** The version that a commit expects of its record; -1 if any will do, -2 if none can. */
  static long expectedVersion(Commit commit) {
    long expected = -1;
    for (Guard guard : commit.guards()) {
      expected = both(expected, guard.version());
    }
    for (RecordWrite write : commit.records()) {
      if (write.condition() == Condition.IF_VERSION) {
        expected = both(expected, write.expectedVersion());
      }
    }
    return expected;
  }

  private static long both(long one, long other) {
    return one == -1 || one == other ? other : -2;
  }
}
