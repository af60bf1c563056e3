package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.api.Acknowledgement;
import dev.restante.api.Result;
import dev.restante.storage.Commit;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.Guard;
import dev.restante.storage.InboxAppend;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogAppend;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamHead;
import dev.restante.storage.StreamKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Gives a batch its numbers: the rows it would write if the streams' heads are what they are
 * thought to be. Making a plan changes nothing but the plan, so it may be made and thrown away.
 */
final class Plan {
  /** A planned message and what it would get. */
  record Seen(MessageWork work, Acknowledgement acknowledgement) {}

  private static final int UNCONFIRMED = -1;

  final Batch batch;
  final long nowMillis;

  /** Works from here on, in the order of {@link Batch#allWorks()}, have to wait. */
  final int mostWorks;

  /** How each work ends if the commit succeeds, in the order of {@link Batch#allWorks()}. */
  final List<@Nullable Result<?>> results;

  private final long[] heads;
  private final long[] ordinals;
  private final long[] times;
  private final int[] confirmedAt;

  /** Of each stream nothing, its one row, or a list of them. */
  private final @Nullable Object[] rows;

  /** Of each stream what its sessions are told; most batches concern no session. */
  private @Nullable Object @Nullable [] published;

  private final List<DedupRow> dedups;
  private final List<RecordWrite> records = new ArrayList<>(0);
  private final List<Guard> guards = new ArrayList<>(0);
  private final Set<RecordKey> changed = new HashSet<>(0);
  private final Map<DedupKey, Seen> seen = new HashMap<>(0);
  private boolean exclusive;

  /** Whether it was made at heads that the store held still. */
  private boolean atLockedHeads;

  /** Whether it was applied to a stream that somebody else had written to. */
  private boolean overOthers;

  /** {@link StoreAccess#disturbances()} when it was handed to the store. */
  private int sentAt;

  private Plan(Batch batch, long nowMillis, int mostWorks) {
    this.batch = batch;
    this.nowMillis = nowMillis;
    this.mostWorks = mostWorks;
    int streams = batch.streams.size();
    heads = new long[streams];
    ordinals = new long[streams];
    times = new long[streams];
    confirmedAt = new int[streams];
    rows = new @Nullable Object[streams];
    results = new ArrayList<>(batch.works);
    dedups = new ArrayList<>(batch.works);
  }

  /** A plan at the heads that this node knows. Made while the batch owns its streams. */
  static Plan atKnownHeads(Batch batch, long nowMillis) {
    Plan plan = new Plan(batch, nowMillis, batch.works);
    for (int i = 0; i < plan.heads.length; i++) {
      Stream stream = batch.streams.get(i);
      plan.heads[i] = stream.plannedAt;
      plan.ordinals[i] = stream.ordinal;
      plan.times[i] = stream.timeMillis;
      plan.confirmedAt[i] = stream.plannedAt == stream.head ? stream.confirmedAt : UNCONFIRMED;
    }
    return plan.make();
  }

  /**
   * A plan at heads that the store holds still meanwhile.
   *
   * @param mostWorks how many works it has at most, the first ones
   */
  static Plan atLockedHeads(
      Batch batch, long nowMillis, Map<StreamKey, StreamHead> locked, int mostWorks) {
    Plan plan = new Plan(batch, nowMillis, mostWorks);
    plan.atLockedHeads = true;
    for (int i = 0; i < plan.heads.length; i++) {
      StreamHead head = locked.getOrDefault(batch.streams.get(i).key, StreamHead.EMPTY);
      plan.heads[i] = head.head();
      plan.ordinals[i] = head.ordinal();
      plan.times[i] = head.timeMillis();
    }
    for (Batch.Home home : batch.homes) {
      // The head may have moved since the members were loaded; the members must not have changed.
      if (home.stream instanceof LogState log && !log.conversation.isDirect()) {
        long version = home.group == null ? 0 : home.group.version();
        plan.guards.add(Guard.ofAny(Keys.group(log.conversation), version));
      }
    }
    plan.guardUsersWithoutDevices();
    return plan.make();
  }

  /** {@link Batch#guards} leaves these to the heads, which are not those that were known. */
  private void guardUsersWithoutDevices() {
    Set<Guard> none = new LinkedHashSet<>();
    for (Batch.Home home : batch.homes) {
      for (Batch.Taken taken : home.works()) {
        InboxState user = taken.work().devicesOf();
        Directory devices = taken.devices();
        if (user != null && devices != null && devices.version() == 0) {
          none.add(new Guard(user.devicesKey, 0));
        }
      }
    }
    guards.addAll(none);
  }

  private Plan make() {
    for (Batch.Home home : batch.homes) {
      boolean decided = true;
      for (int i = 0; i < home.count(); i++) {
        Batch.Taken taken = home.get(i);
        // What follows an undecided work of the same home waits with it, so that order is kept.
        decided &= results.size() < mostWorks;
        Result<?> result = decided ? taken.work().plan(this, home, taken) : null;
        decided = result != null;
        results.add(result);
      }
    }
    return this;
  }

  // ---- for works -------------------------------------------------------------------------------

  /** The number that the next row of a stream gets. */
  long next(int slot) {
    return heads[slot] + 1;
  }

  /** Appends to a log and returns the row. */
  LogRow log(Batch.Home home, boolean counts, int format, byte[] payload) {
    int slot = home.slot;
    long seq = ++heads[slot];
    if (counts) {
      ordinals[slot]++;
    }
    times[slot] = Math.max(nowMillis, times[slot]);
    LogRow row = new LogRow(seq, ordinals[slot], times[slot], format, payload);
    add(slot, row);
    return row;
  }

  /** Appends a reference to a log row to an inbox. */
  void refer(int slot, StreamKey log, LogRow row) {
    InboxRow reference = InboxRow.reference(++heads[slot], InboxTypes.REFERENCE, log, row.seq());
    add(slot, reference);
    publish(slot, reference, row);
  }

  /**
   * Appends a row without a log row to an inbox; a newer row of the same key replaces it. Such a
   * row says when it was written, so that it can be told from another one at the same number; and
   * since there is no log where a gap could be looked for later, the head is verified in any case.
   */
  void note(int slot, int type, String key) {
    byte[] when = ByteBuffer.allocate(Long.BYTES).putLong(nowMillis).array();
    InboxRow row = new InboxRow(++heads[slot], type, 0, null, 0, key, when);
    confirmedAt[slot] = UNCONFIRMED;
    add(slot, row);
    publish(slot, row, null);
  }

  void dedup(DedupRow row) {
    dedups.add(row);
  }

  void record(RecordWrite write) {
    records.add(write);
    changed.add(write.key());
  }

  void exclusive() {
    exclusive = true;
  }

  /** An earlier work of this plan with the same dedup key, if there is one. */
  @Nullable Seen seen(DedupKey key) {
    return seen.get(key);
  }

  void remember(DedupKey key, MessageWork work, Acknowledgement acknowledgement) {
    seen.put(key, new Seen(work, acknowledgement));
  }

  // ---- for the committer -----------------------------------------------------------------------

  boolean isEmpty() {
    if (!records.isEmpty() || !dedups.isEmpty()) {
      return false;
    }
    for (Object each : rows) {
      if (each != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * What to write. Called where the store is called, at the last moment: the plan may have waited
   * for a thread while another call met a failover, and then every head has to be verified.
   *
   * @param disturbances what {@link StoreAccess#disturbances()} are now
   * @param alwaysVerify whether heads are verified in any case
   */
  Commit commit(int disturbances, boolean alwaysVerify) {
    sentAt = disturbances;
    List<LogAppend> logs = new ArrayList<>(batch.homes.size());
    List<InboxAppend> inboxes = new ArrayList<>(rows.length);
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] == null) {
        continue;
      }
      StreamKey key = batch.streams.get(i).key;
      boolean verify = alwaysVerify || (!atLockedHeads && confirmedAt[i] != disturbances);
      if (key.kind() == StreamKey.Kind.LOG) {
        logs.add(new LogAppend(key, before(i), verify, this.<LogRow>rowsOf(i)));
      } else {
        inboxes.add(new InboxAppend(key, before(i), verify, this.<InboxRow>rowsOf(i)));
      }
    }
    return new Commit(nowMillis, exclusive, logs, inboxes, dedups, records, checks());
  }

  /** A record that this commit changes under its own condition needs no guard. */
  private List<Guard> checks() {
    if (changed.isEmpty() && guards.isEmpty()) {
      return batch.guards;
    }
    List<Guard> checks = new ArrayList<>(batch.guards);
    checks.addAll(guards);
    checks.removeIf(guard -> changed.contains(guard.key()));
    return checks;
  }

  /**
   * Remembers in the works what this plan would have given them, should it be applied late.
   *
   * @param maybe whether it may be; if not, they forget it again
   */
  void noteAttempts(boolean maybe) {
    int i = 0;
    for (Work<?> work : batch.allWorks()) {
      Result<?> result = results.get(i++);
      if (result != null) {
        work.attempted(this, result, maybe);
      }
    }
  }

  /**
   * Makes the streams stand where the commit left them. Called under the committer's lock.
   *
   * @return streams that ended, when they were locked, before a row that they had
   */
  List<Load.Lost> apply(long tick) {
    List<Load.Lost> lost = new ArrayList<>(0);
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != null) {
        Stream stream = batch.streams.get(i);
        overOthers |= stream.loaded && before(i) > stream.toldHead();
        if (before(i) < stream.head) {
          lost.add(new Load.Lost(stream, stream.head, before(i)));
        }
        stream.head = heads[i];
        stream.ordinal = ordinals[i];
        stream.timeMillis = times[i];
        stream.confirmedAt = sentAt;
        stream.contention = 0;
        stream.seenHead = heads[i];
        stream.seenAt = tick;
      }
    }
    return lost;
  }

  /** Whether others had written to its streams, and this node had not heard of it. */
  boolean isOverOthers() {
    return overOthers;
  }

  /** Whether it changes more than streams, such as who is a member. */
  boolean changesRecords() {
    return !records.isEmpty();
  }

  /** The latest time at which a stream ends with it, in milliseconds since 1970. */
  long latestMillis() {
    return LongStream.of(times).max().orElse(0);
  }

  /** Whether another call may have met a failover since the store was called. */
  boolean isOvertaken(int disturbances) {
    return sentAt != disturbances && !isEmpty();
  }

  /**
   * The logs that were appended to without a look at the predecessor, and the predecessor's number.
   * Logs only: of an inbox the predecessor may have gone by compaction, and what an inbox refers to
   * is in a log.
   */
  Map<Stream, Long> unverified(boolean alwaysVerify) {
    Map<Stream, Long> logs = new LinkedHashMap<>();
    for (int i = 0; i < rows.length; i++) {
      Stream stream = batch.streams.get(i);
      boolean verified = atLockedHeads || alwaysVerify || confirmedAt[i] != sentAt;
      if (rows[i] != null && !verified && before(i) > 0 && stream instanceof LogState) {
        logs.put(stream, before(i));
      }
    }
    return logs;
  }

  /** The streams that were appended to, and their heads now. */
  void forEachHead(ObjLongConsumer<StreamKey> action) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != null) {
        action.accept(batch.streams.get(i).key, heads[i]);
      }
    }
  }

  /** Tells the sessions on this node. */
  @SuppressWarnings("unchecked")
  void publish() {
    int streams = published == null ? 0 : published.length;
    for (int i = 0; i < streams; i++) {
      Object items = requireNonNull(published)[i];
      if (items != null) {
        ((InboxState) batch.streams.get(i)).publish((List<InboxItem>) items);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void publish(int slot, InboxRow row, @Nullable LogRow logRow) {
    if (((InboxState) batch.streams.get(slot)).hasSessions()) {
      if (published == null) {
        published = new @Nullable Object[heads.length];
      }
      Object items = published[slot];
      if (items == null) {
        items = new ArrayList<InboxItem>(2);
        published[slot] = items;
      }
      ((List<InboxItem>) items).add(new InboxItem(row, logRow));
    }
  }

  /** Most streams get one row from a batch: it stands for itself until there is another. */
  @SuppressWarnings("unchecked")
  private void add(int slot, Object row) {
    Object present = rows[slot];
    if (present == null) {
      rows[slot] = row;
    } else if (present instanceof ArrayList<?> several) {
      ((ArrayList<Object>) several).add(row);
    } else {
      ArrayList<Object> several = new ArrayList<>(4);
      several.add(present);
      several.add(row);
      rows[slot] = several;
    }
  }

  /** The head before this plan: a row takes one number. */
  private long before(int slot) {
    return heads[slot] - (rows[slot] instanceof ArrayList<?> several ? several.size() : 1);
  }

  @SuppressWarnings("unchecked")
  private <R> List<R> rowsOf(int slot) {
    Object present = rows[slot];
    return present instanceof ArrayList<?> several ? (List<R>) several : List.of((R) present);
  }
}
