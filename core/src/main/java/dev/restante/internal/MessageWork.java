package dev.restante.internal;

import com.google.common.hash.Hashing;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.DedupKey;
import dev.restante.storage.DedupRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message to be written: log row, a reference for each member, the dedup row. */
final class MessageWork extends Work<Acknowledgement> {
  private final LogState log;
  private final Draft draft;
  private final byte[] payload;
  private final long hash;
  private final DedupKey dedupKey;
  private final boolean counts;
  private final Duration dedupWindow;
  private final InboxState senderInbox;
  private final @Nullable Lane lane;

  /** Set when an expired dedup row was found under the key. */
  boolean replacesExpired;

  /** What each attempt of which the outcome is not known would have given. */
  private volatile List<Attempt> doubtful = List.of();

  private record Attempt(long seq, long expiresAtMillis) {}

  MessageWork(
      LogState log,
      InboxState senderInbox,
      Draft draft,
      byte[] payload,
      long hash,
      boolean counts,
      Duration dedupWindow,
      @Nullable Lane lane) {
    super(log, senderInbox.alone, payload.length);
    this.log = log;
    this.senderInbox = senderInbox;
    this.draft = draft;
    this.payload = payload;
    this.counts = counts;
    this.dedupWindow = dedupWindow;
    this.lane = lane;
    this.dedupKey = dedupKey(log.key, draft);
    this.hash = hash;
  }

  static DedupKey dedupKey(StreamKey log, Draft draft) {
    return new DedupKey(log, draft.sender().user().value(), draft.clientId());
  }

  /** The hash of what must be equal for a repeated client id to be a repeat. */
  static long hash(byte[] payload) {
    int offset = WireCodec.contentOffset(payload);
    return Hashing.farmHashFingerprint64()
        .hashBytes(payload, offset, payload.length - offset)
        .asLong();
  }

  @Override
  @Nullable Result<Acknowledgement> plan(Plan plan, Batch.Home where, Batch.Taken taken) {
    UserId sender = draft.sender().user();
    if (!where.hasMember(sender)) {
      return where.loadedAt > tick ? refusal(where) : null;
    }
    Directory devices = taken.devices();
    if (devices != null && devices.bar(draft.sender()).isPresent()) {
      return taken.devicesLoadedAt() > tick
          ? Result.refused(Code.DEVICE_BARRED, draft.sender() + " may not send any more")
          : null;
    }
    boolean mayRepeat = where.count() > 1;
    Plan.Seen first = mayRepeat ? plan.seen(dedupKey) : null;
    if (first != null) {
      return first.work().hash == hash ? repeatOf(first) : reused(dedupKey);
    }
    boolean leaveOut = devices != null && devices.hasNoneBut(draft.sender());
    boolean begins = plan.next(where.slot) == 1;
    LogRow row = plan.log(where, counts, WireCodec.FORMAT, payload);
    for (int i = 0; i < where.users.length; i++) {
      UserId user = where.users[i];
      if (!leaveOut || !user.equals(sender)) {
        plan.refer(where.memberSlots[i], log.key, row);
      }
      if (begins) {
        plan.record(RecordWrite.set(Keys.talk(user, log.conversation), 1, Talk.WHOLE.encode()));
      }
    }
    plan.dedup(
        new DedupRow(dedupKey, hash, row.seq(), row.timeMillis(), expiry(plan), replacesExpired));
    Acknowledgement planned = acknowledgement(row.seq(), row.timeMillis(), false);
    if (mayRepeat) {
      plan.remember(dedupKey, this, planned);
    }
    return Result.ok(planned);
  }

  private long expiry(Plan plan) {
    try {
      return Math.addExact(plan.nowMillis, dedupWindow.toMillis());
    } catch (ArithmeticException never) {
      return Long.MAX_VALUE;
    }
  }

  private Result<Acknowledgement> refusal(Batch.Home where) {
    if (!log.conversation.isDirect() && where.group == null) {
      return Result.refused(Code.NOT_FOUND, "there is no group " + log.conversation);
    }
    return Result.refused(
        Code.NOT_A_MEMBER, draft.sender().user() + " is not a member of " + log.conversation);
  }

  private Result<Acknowledgement> repeatOf(Plan.Seen first) {
    Acknowledgement original = first.acknowledgement();
    return Result.ok(
        new Acknowledgement(log.conversation, original.seq(), original.serverTime(), true));
  }

  private static Result<Acknowledgement> reused(DedupKey key) {
    return Result.refused(
        Code.ID_REUSED,
        "client id " + key.clientId() + " names a message with other content already");
  }

  /** How it ends given that the store remembers this submit. */
  Result<Acknowledgement> remembered(DedupRow row) {
    // The number that this node gave it itself, in a commit whose answer was lost, is no repeat.
    boolean own = doubtful.contains(new Attempt(row.seq(), row.expiresAtMillis()));
    return remembered(log.conversation, hash, row, !own);
  }

  /** How a submit ends that was never begun here, given that the store remembers it. */
  static Result<Acknowledgement> repeat(ConversationId conversation, long hash, DedupRow row) {
    return remembered(conversation, hash, row, true);
  }

  private static Result<Acknowledgement> remembered(
      ConversationId conversation, long hash, DedupRow row, boolean repeat) {
    return row.draftHash() == hash
        ? Result.ok(
            new Acknowledgement(
                conversation, row.seq(), Instant.ofEpochMilli(row.timeMillis()), repeat))
        : reused(row.key());
  }

  @Override
  synchronized void attempted(Plan plan, Result<?> planned, boolean maybe) {
    if (planned.asOptional().orElse(null) instanceof Acknowledgement given && !given.repeat()) {
      List<Attempt> all = new ArrayList<>(doubtful);
      Attempt attempt = new Attempt(given.seq(), expiry(plan));
      if (maybe) {
        all.add(attempt);
      } else {
        all.remove(attempt);
      }
      doubtful = all;
    }
  }

  private Acknowledgement acknowledgement(long seq, long timeMillis, boolean repeat) {
    return new Acknowledgement(log.conversation, seq, Instant.ofEpochMilli(timeMillis), repeat);
  }

  @Override
  int ownRows() {
    // The first message of a pair also writes for each of them that they talk.
    return log.head == 0 ? 2 + log.members.length : 2;
  }

  @Override
  DedupKey dedupKey() {
    return dedupKey;
  }

  @Override
  DeviceId sender() {
    return draft.sender();
  }

  @Override
  @Nullable Lane lane() {
    return lane;
  }

  @Override
  InboxState devicesOf() {
    return senderInbox;
  }
}
