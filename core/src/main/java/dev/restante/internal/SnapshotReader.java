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

/** Reads where a user's conversations stand, part by part. Runs in a store call. */
final class SnapshotReader {
  private static final Logger log = LoggerFactory.getLogger(SnapshotReader.class);
  private static final int CONVERSATIONS_A_PART = 100;
  private static final long BYTES_A_CONVERSATION = 256 * 1024;

  private SnapshotReader() {}

  /**
   * One part.
   *
   * @param position the inbox's head before anything was read: entries after it follow the snapshot
   * @param summaries the conversations
   * @param next where the next part begins; {@code null} after the last
   */
  record Part(long position, List<ConversationSummary> summaries, @Nullable String next) {}

  static Part read(Store from, UserId user, String after, int latest) {
    long position = from.heads(List.of(Keys.inbox(user))).get(0).head();
    List<StoredRecord> talks = from.list(Keys.inbox(user), Keys.TALKS, after, CONVERSATIONS_A_PART);
    List<ConversationId> conversations =
        talks.stream().map(talk -> ConversationId.ofKey(user.tenant(), talk.key().id())).toList();
    List<StreamHead> heads = from.heads(conversations.stream().map(Keys::log).toList());
    Map<RecordKey, StoredRecord> groups =
        from.records(conversations.stream().filter(id -> !id.isDirect()).map(Keys::group).toList());
    List<ConversationSummary> summaries = new ArrayList<>(talks.size());
    for (int i = 0; i < talks.size(); i++) {
      ConversationId id = conversations.get(i);
      try {
        Talk talk = Talk.of(talks.get(i));
        Group group = Group.of(id, groups.get(Keys.group(id)));
        summaries.add(summary(from, id, talk, group, heads.get(i).head(), latest));
      } catch (StoreException e) {
        if (e.effect() != StoreException.Effect.FAULT) {
          throw e;
        }
        // One conversation that cannot be read must not keep the others from the device.
        log.error("{} is left out of a snapshot", id, e);
      }
    }
    boolean last = talks.size() < CONVERSATIONS_A_PART;
    return new Part(position, summaries, last ? null : talks.get(talks.size() - 1).key().id());
  }

  private static ConversationSummary summary(
      Store from, ConversationId id, Talk talk, @Nullable Group group, long head, int latest) {
    long last = Math.min(head, talk.toSeq());
    List<LogEntry> entries = new ArrayList<>();
    if (latest > 0 && last >= talk.fromSeq()) {
      List<LogRow> rows =
          from.readLog(
                  new LogRange(
                      Keys.log(id), talk.fromSeq(), last, true, latest, BYTES_A_CONVERSATION))
              .rows();
      rows.forEach(row -> entries.add(Entries.of(id, row)));
      Collections.reverse(entries);
    }
    long first = entries.isEmpty() ? last + 1 : entries.get(0).seq();
    Gap gap = first > talk.fromSeq() ? new Gap(id, talk.fromSeq(), first - 1) : null;
    return new ConversationSummary(
        id,
        talk.isMember() && group != null ? group.title() : talk.title(),
        talk.isMember(),
        Math.max(0, last),
        entries,
        gap);
  }
}
