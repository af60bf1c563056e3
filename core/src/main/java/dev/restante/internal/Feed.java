package dev.restante.internal;

import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.LogRow;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a session stands in an inbox, and what comes next. It only decides: it calls nobody, takes
 * no lock and knows no thread; the session guards it.
 *
 * <p>There is one path. Entries come from pages that are read from the store, and once the end was
 * reached also from memory, but only an entry whose position is exactly the next one; for anything
 * else the store is asked. So whatever another node did, whatever notice was lost or came twice,
 * the device gets the inbox in order and whole. Being live is nothing but being at the tail.
 *
 * <p>What it holds is one page, whatever the backlog.
 */
final class Feed {
  /** Something to read before anything more can be delivered. */
  sealed interface Read {
    /** What was current when the read was asked for; an answer to an older one is dropped. */
    long generation();

    /** A page of the inbox after a position; up to the expected one, at least, it was seen. */
    record Page(long generation, long after, long expected) implements Read {}

    /** A part of a snapshot after a conversation; a bare one brings no entries. */
    record Part(long generation, String after, boolean bare) implements Read {}
  }

  private final UserId user;
  private final SyncPolicy policy;

  private @Nullable CursorSeal seal;
  private boolean open;
  private long epoch;
  private long generation;

  /** The last position handed out. */
  private long delivered;

  /** The mark of the row at the last position handed out. */
  private long mark;

  private long acknowledgedMark;

  /** The last position of which the device was given the cursor. */
  private long handedOut;

  /** The last position of a page or a whole snapshot, which the device is to acknowledge. */
  private long answerable;

  /** The last position that the device acknowledged. */
  private long acknowledged;

  /** What is on record of the device: acknowledging that again says nothing. */
  private long base;

  /** The last position that is in the buffer or was found to hold nothing. */
  private long tail;

  /** The greatest position that is known to exist. */
  private long knownHead;

  /** The greatest position that another node said to exist; 0 once it was looked for. */
  private long hinted;

  /** What {@link #hinted} was when the read under way began. */
  private long lookedFor;

  /** Whether a read reached the end of the inbox at the tail. */
  private boolean atTail;

  /** Whether "caught up" was told. */
  private boolean announced;

  private final ArrayDeque<InboxItem> buffer = new ArrayDeque<>();
  private boolean reading;
  private boolean ageChecked;
  private long backlogBytes;

  /** Up to this position the device gets entries one at a time: see {@link Standstill}. */
  private long carefulTo;

  /** Whether snapshots bring no entries, since it did not even take those. */
  private boolean bare;

  /** The entry at this position is to be set aside; 0 if none is. */
  private long asideAt;

  /** The entry set aside, until it was told. */
  private @Nullable Gap setAside;

  /** What was on record, until what was handed out before is handed out again. */
  private @Nullable Standstill repeats;

  /** What is to be recorded since it was handed out again, until it was told. */
  private @Nullable Standstill resent;

  /** Why a snapshot is being sent; {@code null} if none is. */
  private @Nullable Reason snapshot;

  private String nextPart = "";
  private boolean firstPart;
  private long snapshotPosition;
  private SnapshotReader.@Nullable Part part;

  Feed(UserId user, SyncPolicy policy) {
    this.user = user;
    this.policy = policy;
  }

  // ---- where it stands -------------------------------------------------------------------------

  /**
   * Before it begins: how to treat a device that may not get any further.
   *
   * @param before where the device stood when the session before began
   * @param stands where it stands now
   */
  void watch(Standstill before, Standstill stands, int maxResends) {
    carefulTo = stands.carefulTo();
    bare = stands.isCareful() && stands.isAt(before);
    repeats = before.isRepeatedBy(stands) ? stands : null;
    asideAt = stands.setsAside(maxResends) ? stands.place() + 1 : 0;
  }

  /** What to record since something was handed out again just now, if it was; told once. */
  @Nullable Standstill takeResent() {
    Standstill told = resent;
    resent = null;
    return told;
  }

  /** The entry that was set aside just now, if one was; told once. */
  @Nullable Gap takeSetAside() {
    Gap told = setAside;
    setAside = null;
    return told;
  }

  private boolean isCareful() {
    return acknowledged < carefulTo;
  }

  /**
   * Begins.
   *
   * @param cursors seals cursors
   * @param now the store's epoch
   * @param place where the device stands, in which epoch
   * @param recorded the position that is on record, which is not the place if the device brought
   *     its own cursor
   * @param head the inbox's head
   * @param fresh whether the device is new
   */
  void begin(
      CursorSeal cursors, long now, CursorToken place, long recorded, long head, boolean fresh) {
    seal = cursors;
    open = true;
    boolean holds = place.epoch() == now;
    epoch = now;
    acknowledged = holds ? place.position() : 0;
    mark = holds ? place.mark() : CursorToken.NO_MARK;
    acknowledgedMark = mark;
    base = holds ? recorded : acknowledged;
    handedOut = acknowledged;
    answerable = acknowledged;
    delivered = acknowledged;
    tail = acknowledged;
    knownHead = Math.max(knownHead, head);
    long behind = head - acknowledged;
    if (!holds) {
      begin(Reason.STORE_LOST_WRITES);
    } else if (fresh) {
      begin(Reason.NEW_DEVICE);
    } else if (behind > policy.maxBacklogEntries()
        || (policy.mode() == SyncPolicy.Mode.LATEST && behind > 0)) {
      begin(Reason.TOO_LONG);
    } else if (policy.summariesFirst()) {
      begin(Reason.REQUESTED);
    }
  }

  /** Begins again in a later epoch of the store. */
  void restart(long now) {
    acknowledged = 0;
    mark = CursorToken.NO_MARK;
    acknowledgedMark = CursorToken.NO_MARK;
    base = 0;
    handedOut = 0;
    answerable = 0;
    delivered = 0;
    tail = 0;
    knownHead = 0;
    carefulTo = 0;
    bare = false;
    repeats = null;
    epoch = now;
    begin(Reason.STORE_LOST_WRITES);
  }

  boolean isOpen() {
    return open;
  }

  long epoch() {
    return epoch;
  }

  long generation() {
    return generation;
  }

  long tail() {
    return tail;
  }

  /** Drops what is held. */
  void close() {
    open = false;
    generation++;
    buffer.clear();
    part = null;
  }

  /** Takes note that a position exists. */
  void know(long position) {
    knownHead = Math.max(knownHead, position);
  }

  /**
   * Takes note that another node says that a position exists. That is looked for, once, and not
   * believed: if nothing is there, nothing was lost.
   */
  void hint(long position) {
    hinted = Math.max(hinted, position);
  }

  // ---- acknowledgements ------------------------------------------------------------------------

  /**
   * What is in a cursor, if it is one that this session handed out, or handed out before it began
   * again.
   */
  Optional<CursorToken> read(Cursor cursor) {
    if (!open || seal == null) {
      return Optional.empty();
    }
    return CursorToken.decode(user, cursor, seal)
        .filter(token -> token.epoch() < epoch || token.position() <= handedOut)
        .filter(token -> token.epoch() <= epoch);
  }

  /**
   * Moves the acknowledged place.
   *
   * @return whether there is anything to record: a cursor of an earlier epoch, or of the place
   *     where the session began, moves nothing, and must not make a device look up to date that has
   *     not taken its snapshot yet
   */
  boolean acknowledge(CursorToken token) {
    if (token.epoch() == epoch && token.position() > acknowledged) {
      acknowledged = token.position();
      acknowledgedMark = token.mark();
    }
    return token.epoch() == epoch && acknowledged > base;
  }

  CursorToken acknowledged() {
    return new CursorToken(epoch, acknowledged, acknowledgedMark);
  }

  Cursor encode(CursorToken token) {
    if (seal == null) {
      throw new IllegalStateException("not open");
    }
    return token.encode(user, seal);
  }

  /**
   * Whether an entry may be delivered before more is acknowledged. If nothing is left to be
   * acknowledged the next one always may, however far it lies: for what was passed over there is no
   * cursor to come.
   */
  private boolean isWithinWindow() {
    long next = buffer.isEmpty() ? tail + 1 : buffer.element().row().position();
    return answerable <= acknowledged || (!isCareful() && fits(next));
  }

  /** Positions are at least as many as entries, so no more entries than allowed are on the way. */
  private boolean fits(long position) {
    return position - acknowledged <= policy.maxUnacknowledged();
  }

  private Cursor handOut() {
    handedOut = delivered;
    return encode(new CursorToken(epoch, delivered, mark));
  }

  // ---- deliveries ------------------------------------------------------------------------------

  /** Whether {@link #next()} is worth a call. */
  boolean hasNext() {
    if (!open) {
      return false;
    }
    return snapshot != null
        ? part != null
        : (!buffer.isEmpty() && isWithinWindow()) || isCaughtUp();
  }

  private boolean isCaughtUp() {
    return buffer.isEmpty() && atTail && !announced && knownHead <= tail;
  }

  /** The next delivery; {@code null} if what there is holds nothing for the device. */
  @Nullable Delivery next() {
    if (!hasNext()) {
      return null;
    }
    if (snapshot != null) {
      return nextPart(snapshot);
    }
    if (!buffer.isEmpty()) {
      List<Entry> entries = nextPage();
      if (entries.isEmpty()) {
        return null;
      }
      answerable = delivered;
      return new Delivery.Page(entries, handOut());
    }
    announced = true;
    return new Delivery.CaughtUp(handOut());
  }

  private List<Entry> nextPage() {
    List<Entry> entries = new ArrayList<>(Math.min(buffer.size(), policy.pageEntries()));
    boolean careful = isCareful();
    boolean alone = false;
    long bytes = 0;
    while (!buffer.isEmpty() && entries.size() < policy.pageEntries() && !alone) {
      InboxItem item = buffer.element();
      boolean brought = isWanted(item) && !isAside(item);
      bytes += brought ? size(item) : 0;
      boolean full = bytes > policy.pageBytes() || !fits(item.row().position());
      if (full && !entries.isEmpty()) {
        break;
      }
      buffer.remove();
      delivered = item.row().position();
      mark = CursorToken.mark(item);
      // Gaps and notes do no harm; with care, what may do some is the last of its page.
      alone = careful && item.logRow() != null && isWanted(item);
      take(item, brought).ifPresent(entry -> add(entries, entry));
    }
    if (alone || !careful) {
      noteResent(alone);
    }
    passOver();
    return entries;
  }

  /** The entry of a row, or the gap that takes its place. */
  private Optional<? extends Entry> take(InboxItem item, boolean brought) {
    if (brought) {
      return Entries.of(user, item);
    }
    Optional<Gap> gap = Entries.gap(item);
    if (isAside(item)) {
      setAside = gap.orElse(null);
    }
    return gap;
  }

  private boolean isAside(InboxItem item) {
    return item.row().position() == asideAt && item.logRow() != null;
  }

  private void noteResent(boolean alone) {
    Standstill known = repeats;
    if (known != null && (alone || delivered > known.place())) {
      resent = alone ? known.resentAlone(delivered) : known.resent();
      repeats = null;
    }
  }

  /** Puts an entry last; a gap widens one that ends just before it. */
  private static void add(List<Entry> entries, Entry entry) {
    if (entry instanceof Gap gap) {
      for (int i = entries.size() - 1; i >= 0; i--) {
        if (entries.get(i) instanceof Gap before
            && before.conversation().equals(gap.conversation())
            && before.toSeq() + 1 == gap.fromSeq()) {
          entries.set(i, new Gap(gap.conversation(), before.fromSeq(), gap.toSeq()));
          return;
        }
      }
    }
    entries.add(entry);
  }

  /** Goes on to the tail, when nothing is left before it. */
  private void passOver() {
    if (buffer.isEmpty() && delivered != tail) {
      delivered = tail;
      mark = CursorToken.NO_MARK;
    }
  }

  /** What is not wanted is not passed over in silence: the device is told of a gap. */
  private boolean isWanted(InboxItem item) {
    Instant since = policy.since();
    LogRow row = item.logRow();
    return since == null || row == null || row.timeMillis() >= since.toEpochMilli();
  }

  private static long sizeOf(Collection<InboxItem> items) {
    long bytes = 0;
    for (InboxItem item : items) {
      bytes += size(item);
    }
    return bytes;
  }

  private static long size(InboxItem item) {
    LogRow row = item.logRow();
    return (long) item.row().payload().length + (row == null ? 0 : row.payload().length);
  }

  // ---- reads -----------------------------------------------------------------------------------

  /** What must be read now, if anything; then {@link #taken} or {@link #failed} follows. */
  @Nullable Read nextRead() {
    if (!open || reading) {
      return null;
    }
    Read read = wantedRead();
    reading = read != null;
    if (read instanceof Read.Page) {
      lookedFor = hinted;
      hinted = 0;
    }
    return read;
  }

  private @Nullable Read wantedRead() {
    if (snapshot != null) {
      return part == null ? new Read.Part(generation, nextPart, bare) : null;
    }
    boolean more = !atTail || Math.max(knownHead, hinted) > tail;
    return more && buffer.isEmpty() && isWithinWindow()
        ? new Read.Page(generation, tail, knownHead)
        : null;
  }

  /** A read failed and will be asked for again. */
  void failed(Read read) {
    if (read.generation() == generation) {
      reading = false;
      if (read instanceof Read.Page) {
        hint(lookedFor);
      }
    }
  }

  /**
   * A page was read.
   *
   * @return whether the inbox ends before a position that was known to exist: the store lost writes
   */
  boolean taken(Read.Page read, InboxSlice slice, long nowMillis) {
    if (read.generation != generation) {
      return false;
    }
    reading = false;
    if (!slice.more() && slice.scannedTo() < Math.max(read.expected, tail)) {
      return true;
    }
    List<InboxItem> items = slice.items();
    if (slice.floor() > tail || isTooOld(items, nowMillis) || isTooMuch(items)) {
      begin(Reason.TOO_LONG);
      return false;
    }
    buffer.addAll(items);
    tail = slice.scannedTo();
    atTail = !slice.more();
    know(tail);
    passOver();
    return false;
  }

  /**
   * Takes a place that the device acknowledged, instead of a page, and goes on from there.
   *
   * @return whether it is one of this epoch, and further than what was read so far
   */
  boolean skip(Read.Page read, CursorToken place) {
    if (read.generation != generation || place.epoch() != epoch || place.position() <= tail) {
      return false;
    }
    reading = false;
    acknowledged = place.position();
    acknowledgedMark = place.mark();
    base = acknowledged;
    delivered = acknowledged;
    mark = acknowledgedMark;
    handedOut = acknowledged;
    answerable = acknowledged;
    tail = acknowledged;
    atTail = false;
    know(tail);
    return true;
  }

  /** The first row that has an age tells that of the backlog; once caught up there is none. */
  private boolean isTooOld(List<InboxItem> items, long nowMillis) {
    if (ageChecked || announced) {
      return false;
    }
    long oldest = nowMillis - policy.maxBacklogAge().toMillis();
    for (InboxItem item : items) {
      LogRow row = item.logRow();
      if (row != null) {
        ageChecked = true;
        return row.timeMillis() < oldest;
      }
    }
    return false;
  }

  private boolean isTooMuch(List<InboxItem> items) {
    if (announced) {
      return false;
    }
    backlogBytes += sizeOf(items);
    return backlogBytes > policy.catchUpBytes();
  }

  /** Takes what was committed on this node, if it is exactly what comes next. */
  void offer(List<InboxItem> items) {
    long last = items.get(items.size() - 1).row().position();
    long bytes = sizeOf(items);
    // Until the device has caught up this is backlog too; what goes beyond its budget is not taken
    // here, and found to be too much when it is read.
    long backlog = announced ? 0 : backlogBytes + bytes;
    boolean next =
        open
            && snapshot == null
            && atTail
            && !reading
            && knownHead <= tail
            && items.get(0).row().position() == tail + 1
            && buffer.size() + items.size() <= policy.pageEntries()
            && sizeOf(buffer) + bytes <= policy.pageBytes()
            && backlog <= policy.catchUpBytes();
    know(last);
    if (next) {
      backlogBytes = backlog;
      buffer.addAll(items);
      tail = last;
    }
  }

  // ---- snapshots -------------------------------------------------------------------------------

  /** Begins a snapshot; what was read before does not count any more. */
  private void begin(Reason why) {
    snapshot = why;
    generation++;
    reading = false;
    nextPart = "";
    firstPart = true;
    part = null;
    buffer.clear();
    tail = delivered;
    announced = false;
    atTail = false;
    // A snapshot takes the place of the backlog, but for one that the backlog still follows.
    boolean replaces = why != Reason.REQUESTED;
    ageChecked = replaces;
    asideAt = replaces ? 0 : asideAt;
  }

  /** A part was read. */
  void taken(Read.Part read, SnapshotReader.Part found) {
    if (read.generation != generation) {
      return;
    }
    reading = false;
    part = found;
    if (firstPart) {
      // Entries after the first part's position follow, so that nothing falls in between.
      snapshotPosition = found.position();
      firstPart = false;
    }
  }

  private Delivery nextPart(Reason why) {
    SnapshotReader.Part ready = part;
    if (ready == null) {
      throw new IllegalStateException("no part was read");
    }
    part = null;
    if (repeats != null && !isCareful()) {
      resent = repeats.resent();
      repeats = null;
    }
    String following = ready.next();
    if (following != null) {
      nextPart = following;
      return new Delivery.Snapshot(why, ready.summaries(), false, encode(acknowledged()));
    }
    if (why != Reason.REQUESTED) {
      delivered = snapshotPosition;
      mark = CursorToken.NO_MARK;
      tail = snapshotPosition;
      carefulTo = 0;
      bare = false;
      repeats = null;
    }
    know(snapshotPosition);
    backlogBytes = 0;
    snapshot = null;
    answerable = delivered;
    return new Delivery.Snapshot(why, ready.summaries(), true, handOut());
  }
}
