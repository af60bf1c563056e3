package dev.restante.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.InsertManyOptions;
import dev.restante.api.UserId;
import dev.restante.storage.StreamKey;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.bson.types.Binary;

/**
 * The store's documents of rows and submits in collections of their own. A commit is one bulk
 * insert, in any order, into each collection: what breaks off half-way stays half.
 */
final class MongoWriter implements RowWriter {
  private static final InsertManyOptions ANY_ORDER = new InsertManyOptions().ordered(false);
  private static final Binary NOTHING = new Binary(new byte[0]);
  private static final int DIGITS = 19;
  private static final int TYPE = 1;
  private static final int FORMAT = 1;

  private final MongoCollection<Document> logs;
  private final MongoCollection<Document> inboxes;
  private final MongoCollection<Document> dedups;
  private final String[] names;
  private final List<Document> logRows = new ArrayList<>();
  private final List<Document> inboxRows = new ArrayList<>();
  private final List<Document> dedupRows = new ArrayList<>();

  /**
   * @param database with the durability of every write
   * @param prefix begins the names of the collections
   * @param population whose streams these are, by the numbers that {@link Streams} counts with
   */
  MongoWriter(MongoDatabase database, String prefix, Population population) {
    logs = database.getCollection(prefix + "_log");
    inboxes = database.getCollection(prefix + "_inbox");
    dedups = database.getCollection(prefix + "_dedup");
    names = new String[1 + population.conversations() + population.users()];
    int number = 0;
    for (int i = 0; i < population.conversations(); i++) {
      names[++number] = name(StreamKey.Kind.LOG, population.conversation(i).key());
    }
    for (int i = 0; i < population.users(); i++) {
      names[++number] = name(StreamKey.Kind.INBOX, population.user(i).value());
    }
  }

  private static String name(StreamKey.Kind kind, String name) {
    return kind.code() + "!" + UserId.DEFAULT_TENANT + "!" + name;
  }

  private String row(long stream, long number) {
    String digits = Long.toString(number);
    return names[(int) stream] + "!" + "0".repeat(DIGITS - digits.length()) + digits;
  }

  @Override
  public void log(long stream, long seq, long timeMillis, byte[] payload) {
    logRows.add(
        new Document("_id", row(stream, seq))
            .append("n", seq)
            .append("o", seq)
            .append("t", timeMillis)
            .append("f", FORMAT)
            .append("b", new Binary(payload)));
  }

  @Override
  public void inbox(long stream, long position, long logStream, long seq) {
    inboxRows.add(
        new Document("_id", row(stream, position))
            .append("p", names[(int) stream])
            .append("n", position)
            .append("y", TYPE)
            .append("f", FORMAT)
            .append("l", names[(int) logStream])
            .append("q", seq)
            .append("b", NOTHING));
  }

  @Override
  public void dedup(byte[] clientId, long sender, long logStream, long seq, long timeMillis) {
    String inbox = names[(int) sender];
    String user = inbox.substring(inbox.lastIndexOf('!') + 1);
    dedupRows.add(
        new Document(
                "_id", new String(clientId, US_ASCII) + "!" + user + "!" + names[(int) logStream])
            .append("x", timeMillis + RowShape.WINDOW_MILLIS)
            .append("h", clientId[35] * 0x9E3779B97F4A7C15L)
            .append("q", seq)
            .append("t", timeMillis)
            .append("g", seq));
  }

  @Override
  public void commit() throws SQLException {
    try {
      insert(logs, logRows);
      insert(inboxes, inboxRows);
      insert(dedups, dedupRows);
    } catch (MongoException e) {
      throw new SQLException(e);
    }
  }

  private static void insert(MongoCollection<Document> into, List<Document> rows) {
    if (!rows.isEmpty()) {
      into.insertMany(rows, ANY_ORDER);
      rows.clear();
    }
  }

  /** The client is the deployment's. */
  @Override
  public void close() {}
}
