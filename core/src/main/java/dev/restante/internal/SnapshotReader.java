package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.UserId;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.storage.LogRange;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.Store;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoredRecord;
import dev.restante.storage.StreamHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads where a user's conversations stand, part by part. Runs in a store call.
 *
 * <p>A part is what a session holds in memory at once, so it keeps to the limits of a page. It has
 * one conversation at least, since a conversation is not divided; of that one it brings no more
 * bytes than a page has, and what is left out is in its gap.
 */
final class SnapshotReader {
  private static final Logger log = LoggerFactory.getLogger(SnapshotReader.class);
  private static final int CONVERSATIONS_A_PART = 100;

  private final Store from;
  private final UserId user;
  private final Limits limits;

  /**
   * What a part may hold.
   *
   * @param latest the newest entries of each conversation to bring along
   * @param entries the most entries in a part, and the most conversations; those of one
   *     conversation may exceed it alone
   * @param bytes the most payload bytes of entries, and of titles, in a part; one entry and the
   *     title of its conversation may exceed it alone
   */
  record Limits(int latest, int entries, long bytes) {}

  /**
   * One part.
   *
   * @param position the inbox's head before anything was read: entries after it follow the snapshot
   * @param summaries the conversations
   * @param next where the next part begins; {@code null} after the last
   */
  record Part(long position, List<ConversationSummary> summaries, @Nullable String next) {}

  private SnapshotReader(Store from, UserId user, Limits limits) {
    this.from = from;
    this.user = user;
    this.limits = limits;
  }

  static Part read(Store from, UserId user, String after, Limits limits) {
    return new SnapshotReader(from, user, limits).read(after);
  }

  private Part read(String after) {
    long position = from.heads(List.of(Keys.inbox(user))).get(0).head();
    int most = Math.min(CONVERSATIONS_A_PART, limits.entries);
    // One more than the part may have shows whether another part follows.
    List<StoredRecord> found = from.list(Keys.inbox(user), Keys.TALKS, after, most + 1);
    List<StoredRecord> listed = found.subList(0, Math.min(found.size(), most));
    List<ConversationId> conversations =
        listed.stream().map(talk -> ConversationId.ofKey(user.tenant(), talk.key().id())).toList();
    List<StreamHead> heads = from.heads(conversations.stream().map(Keys::log).toList());
    Map<RecordKey, StoredRecord> groups =
        from.records(conversations.stream().filter(id -> !id.isDirect()).map(Keys::group).toList());
    List<StoredRecord> talks = again(from, listed);
    List<ConversationSummary> summaries = new ArrayList<>(talks.size());
    long entries = 0;
    long bytes = 0;
    for (int i = 0; i < talks.size(); i++) {
      ConversationId id = conversations.get(i);
      try {
        Talk talk = Talk.of(talks.get(i));
        Group group = Group.of(id, groups.get(Keys.group(id)));
        List<LogRow> latest = latest(id, talk, heads.get(i).head());
        String title = talk.isMember() && group != null ? group.title() : talk.title();
        entries += latest.size();
        bytes += title.length();
        for (LogRow row : latest) {
          bytes += row.payload().length;
        }
        if (!summaries.isEmpty() && (entries > limits.entries || bytes > limits.bytes)) {
          return new Part(position, summaries, talks.get(i - 1).key().id());
        }
        summaries.add(summary(id, talk, title, heads.get(i).head(), latest));
      } catch (StoreException e) {
        if (e.effect() != StoreException.Effect.FAULT) {
          throw e;
        }
        // One conversation that cannot be read must not keep the others from the device.
        log.error("{} is left out of a snapshot", id, e);
      }
    }
    boolean last = found.size() <= most;
    return new Part(position, summaries, last ? null : talks.get(talks.size() - 1).key().id());
  }

  /**
   * What the user may see, asked after heads and titles were read: whoever is a member now was one
   * then, and who was removed meanwhile is not shown what came after.
   */
  private static List<StoredRecord> again(Store from, List<StoredRecord> listed) {
    Map<RecordKey, StoredRecord> now =
        from.records(listed.stream().map(StoredRecord::key).toList());
    return listed.stream().map(talk -> now.getOrDefault(talk.key(), talk)).toList();
  }

  /** The newest rows that the user may see, newest first. */
  private List<LogRow> latest(ConversationId id, Talk talk, long head) {
    long last = Math.min(head, talk.toSeq());
    return limits.latest == 0 || last < talk.fromSeq()
        ? List.of()
        : from.readLog(
                new LogRange(Keys.log(id), talk.fromSeq(), last, true, limits.latest, limits.bytes))
            .rows();
  }

  private static ConversationSummary summary(
      ConversationId id, Talk talk, String title, long head, List<LogRow> latest) {
    long last = Math.min(head, talk.toSeq());
    List<LogEntry> entries = new ArrayList<>(latest.size());
    latest.forEach(row -> entries.add(Entries.of(id, row)));
    Collections.reverse(entries);
    long first = entries.isEmpty() ? last + 1 : entries.get(0).seq();
    Gap gap = first > talk.fromSeq() ? new Gap(id, talk.fromSeq(), first - 1) : null;
    return new ConversationSummary(id, title, talk.isMember(), Math.max(0, last), entries, gap);
  }
}
