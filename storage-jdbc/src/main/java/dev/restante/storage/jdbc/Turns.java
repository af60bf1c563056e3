package dev.restante.storage.jdbc;

import dev.restante.storage.CommitOutcome.Cause;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.jdbc.Dialect.Lookup;
import dev.restante.storage.jdbc.Step.Expect;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Locked commits are made by one node at a time. It takes the turn, commits for a while as it would
 * if it were alone, several commits side by side, and lets the next one have it.
 *
 * <p>Why not a lock for each commit? Nodes that share their streams exclude each other in any case,
 * and what a commit pays for then is to find out where a thousand streams stand. In a turn that is
 * paid for once: each commit notes where it leaves its streams, in the same transaction, and who
 * has the next turn reads the notes (docs/decisions/0001).
 *
 * <p>The turn is a lock of the database, held by a transaction that does nothing else: the database
 * lets nodes in by the order of their coming, and takes the turn from one that dies, or stands
 * still. Nothing depends on it: a commit whose node lost the turn, or that goes by a head that is
 * too low since somebody wrote outside of turns, is a conflict like any other. So there is no
 * fencing but the keys of the streams. Notes may be lost altogether.
 *
 * <p>Who commits outside of turns, since he met nobody yet, may be in the way again and again: of a
 * batch of hundreds of streams there is always one in which he was quicker. So whoever was outrun
 * in his turn ends it, and has the next one alone: while it lasts, commits outside of turns are
 * conflicts ({@link #BESIDE_NOBODY}), and who makes them takes turns from then on.
 *
 * <p>A turn ends when no commit of this node is under way or wants to begin; or else after {@value
 * #LONG_MILLIS} ms, once {@value #MANY_COMMITS} commits were made, or in any case after {@value
 * #LONGEST_MILLIS} ms: where commits take long, turns must be longer to be worth it. With a short
 * call time-out all of this is shorter.
 *
 * <p>Each turn begins its notes at a number that none of the turn before can have: a node that was
 * cut off in the middle of a commit would otherwise hold up the next one by the key of its note.
 *
 * <p>Within a node it excludes commits that name the same stream. Safe for use by many threads;
 * whoever enters waits.
 */
final class Turns {
  private static final int LONG_MILLIS = 50;
  private static final int MANY_COMMITS = 8;
  private static final int LONGEST_MILLIS = 400;

  /** How many numbers of notes are kept, and how many are read at once at most. */
  static final int KEPT_NOTES = 1024;

  private static final int READ_NOTES = KEPT_NOTES / 2;

  /** More than the commits that a node has under way at once. */
  private static final int GAP = 16;

  /** Who was away for longer knows too little for notes to be worth reading. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How long a server that is not there may keep a commit that is over. */
  private static final Duration END = Duration.ofSeconds(1);

  /** Goes ahead of a commit outside of turns: a conflict while somebody has to have his alone. */
  static final Step BESIDE_NOBODY =
      new Step(Op.FIND_ALONE, new Columns(1), Expect.NO_ROW, Cause.HEAD);

  private enum State {
    NOBODYS,
    /** One thread asks the database for it. */
    ASKED,
    OURS,
    /** One thread gives it back. */
    ENDING
  }

  private final Calls calls;
  private final Dialect dialect;
  private final LongSupplier nanoTime;
  private final long patienceNanos;
  private final long longNanos;
  private final long longestNanos;

  /** Below this note all are removed. Only whoever asks for the turn, or ends it, touches it. */
  private volatile long removedTo;

  /** Whether this node wrote to streams outside of its turns since the last one. */
  private volatile boolean outside = true;

  /** Whether somebody outside of turns was quicker than a commit in this node's last one. */
  private volatile boolean outrun;

  // Guarded by this:
  /** The streams of each commit that is inside. */
  private final Set<Set<StreamKey>> inUse = Collections.newSetFromMap(new IdentityHashMap<>());

  private State state = State.NOBODYS;
  private Calls.@Nullable Held held;
  private @Nullable KnownHeads known;
  private long beganNanos;
  private long endedNanos;

  /** The streams that others wrote to while this node waited for its turn. */
  private Set<Long> movedMeanwhile = Set.of();

  private int commits;
  private int waiting;

  /** The number of the last note that was planned, and of the last that is known to be there. */
  private long planned;

  private long noted;

  /**
   * @param callTimeout how long one call may take
   */
  Turns(Calls calls, Dialect dialect, Duration callTimeout, LongSupplier nanoTime) {
    this.calls = calls;
    this.dialect = dialect;
    this.nanoTime = nanoTime;
    this.patienceNanos = callTimeout.toNanos() / 2;
    this.longestNanos = longest(callTimeout).toNanos();
    this.longNanos = Math.min(TimeUnit.MILLISECONDS.toNanos(LONG_MILLIS), longestNanos);
  }

  /** How long a turn may last with calls that may take so long. */
  static Duration longest(Duration callTimeout) {
    return Duration.ofNanos(
        Math.min(TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS), callTimeout.toNanos() / 8));
  }

  /** Tells that a commit in a turn met a row that was written outside of turns. */
  void outrun() {
    outrun = true;
  }

  /** Tells that a commit is made outside of turns, which notes nothing. */
  void writtenOutside() {
    outside = true;
  }

  /**
   * Waits until this node has the turn and none of its commits has one of the streams. Whoever
   * returns from here has to {@link #leave}, with the same set.
   *
   * @throws StoreException with {@code TRANSIENT} if that takes too long; otherwise as calls do
   */
  void enter(Set<StreamKey> streams) {
    long began = nanoTime.getAsLong();
    try {
      if (isTaken(streams, began)) {
        return;
      }
    } catch (StoreException e) {
      // It may have been kept for this one.
      endIfOver();
      throw e;
    }
    take(streams);
    if (nanoTime.getAsLong() - began > patienceNanos + patienceNanos / 4) {
      // What is left of the call's time may not do for a commit. Nothing was written.
      leave(streams);
      throw tooLong();
    }
  }

  private static StoreException tooLong() {
    return new StoreException(Effect.TRANSIENT, "Other commits had the turn too long", null);
  }

  /** Waits for the turn; if nobody here asks for it the caller has to. */
  private synchronized boolean isTaken(Set<StreamKey> streams, long began) {
    waiting++;
    try {
      while (state != State.NOBODYS) {
        // With nobody inside it is still ours for the sake of those who wait.
        boolean open = state == State.OURS && (inUse.isEmpty() || !isOver());
        if (open && isFree(streams)) {
          begin(streams);
          return true;
        }
        long left = patienceNanos - (nanoTime.getAsLong() - began);
        if (left <= 0) {
          throw tooLong();
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
      }
      state = State.ASKED;
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Effect.TRANSIENT, "Interrupted while it waited for a turn", e);
    } finally {
      waiting--;
    }
  }

  private boolean isFree(Set<StreamKey> streams) {
    for (Set<StreamKey> taken : inUse) {
      if (!Collections.disjoint(streams, taken)) {
        return false;
      }
    }
    return true;
  }

  private void begin(Set<StreamKey> streams) {
    commits++;
    inUse.add(streams);
  }

  private boolean isOver() {
    long nanos = nanoTime.getAsLong() - beganNanos;
    return outrun || nanos >= longestNanos || (nanos >= longNanos && commits >= MANY_COMMITS);
  }

  private void take(Set<StreamKey> streams) {
    Calls.Held taken = null;
    try {
      taken = calls.hold(this::read);
    } finally {
      synchronized (this) {
        held = taken;
        state = taken == null ? State.NOBODYS : State.OURS;
        if (taken == null) {
          // It may have been taken note of already.
          outside = true;
        } else {
          beganNanos = nanoTime.getAsLong();
          commits = 0;
          begin(streams);
        }
        notifyAll();
      }
    }
  }

  /** Takes the lock, and reads what others noted in the turns since the last one of this node. */
  private void read(Session session) throws SQLException {
    KnownHeads heads = session.generation().heads();
    long readTo = heads.readTo();
    // Of a new generation nothing is read but what is noted from here on: what was noted before may
    // be of a database that is gone.
    boolean written = outside || isLongAgo() || readTo == 0;
    outside = false;
    Op lock = outrun ? Op.LOCK_TURN_ALONE : Op.LOCK_TURN;
    boolean[] waited = new boolean[1];
    long[] asked = new long[1];
    long[] last = new long[1];
    boolean[] goesOn = new boolean[1];
    dialect.runAndLookUp(
        session,
        List.of(),
        List.of(
            new Lookup(
                lock,
                new Columns(1),
                (key, row) -> {
                  waited[0] = row.getBoolean(2);
                  asked[0] = row.getLong(3);
                }),
            new Lookup(
                Op.FIND_NOTES,
                new Columns(1, new long[] {readTo}),
                (key, row) -> {
                  last[0] = row.getLong(2);
                  goesOn[0] = row.getBoolean(3);
                })));
    outrun = false;
    boolean stale = written || !goesOn[0] || last[0] - readTo > READ_NOTES;
    if (stale) {
      heads.forgetAll();
    }
    // The last notes are good by themselves: each tells where its streams are unless a later one
    // does.
    long from = stale ? Math.max(asked[0], last[0] - READ_NOTES) : readTo;
    Set<Long> meanwhile = waited[0] ? new HashSet<>() : Set.of();
    if (from < last[0]) {
      dialect.lookup(
          session,
          Op.READ_NOTES,
          new Columns(1, new long[] {from}),
          (key, row) -> {
            Moved moved = Moved.decode(row.getBytes(2));
            heads.putAll(moved);
            if (waited[0] && row.getLong(3) > asked[0]) {
              moved.forEach((stream, head, ordinal, time) -> meanwhile.add(stream));
            }
          });
    }
    heads.readTo(last[0]);
    removeOld(session, last[0] - KEPT_NOTES);
    synchronized (this) {
      known = heads;
      planned = last[0] + GAP;
      noted = last[0];
      movedMeanwhile = meanwhile;
    }
  }

  /** Now and then, and never again where it was done: what is removed may stay in the index. */
  private void removeOld(Session session, long before) throws SQLException {
    if (before < removedTo) {
      // The table was emptied by a crash, or is another server's: numbers began anew.
      removedTo = 0;
    }
    if (before - removedTo > KEPT_NOTES) {
      Columns range = new Columns(1, new long[] {removedTo}, new long[] {before});
      dialect.run(
          session, List.of(new Step(Op.REMOVE_NOTES, range, Expect.ANYTHING, Cause.UNSPECIFIED)));
      removedTo = before;
    }
  }

  private synchronized boolean isLongAgo() {
    return nanoTime.getAsLong() - endedNanos > FRESH_NANOS;
  }

  /**
   * Whether somebody wrote to one of a commit's streams while this node waited for its turn: had it
   * not waited it would have met him. That it waited says little by itself, as there is one turn
   * for all streams: nodes that share hardly any would keep each other in turns. To be asked before
   * the turn is over.
   */
  boolean isContended(Moved moved) {
    Set<Long> meanwhile;
    synchronized (this) {
      meanwhile = movedMeanwhile;
    }
    return moved.anyOf(meanwhile);
  }

  /** The number of a note that is about to be written. */
  synchronized long nextNote() {
    return ++planned;
  }

  /** Tells that a note was committed. */
  synchronized void noted(long note) {
    noted = Math.max(noted, note);
  }

  /** Ends a commit of this node, and the turn if it is over. */
  void leave(Set<StreamKey> streams) {
    synchronized (this) {
      inUse.remove(streams);
      notifyAll();
    }
    endIfOver();
  }

  private void endIfOver() {
    Calls.Held ending;
    synchronized (this) {
      if (state != State.OURS || !inUse.isEmpty() || (waiting > 0 && !isOver())) {
        return;
      }
      state = State.ENDING;
      ending = held;
      held = null;
      movedMeanwhile = Set.of();
      if (known != null) {
        known.readTo(noted);
      }
    }
    try {
      if (ending != null && !ending.end(END)) {
        // What was removed came back with it.
        removedTo = 0;
      }
    } finally {
      synchronized (this) {
        endedNanos = nanoTime.getAsLong();
        state = State.NOBODYS;
        notifyAll();
      }
    }
  }
}
