package dev.restante.internal;

import dev.restante.Health;
import dev.restante.Resources;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.UserId;
import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.NodeBus;
import dev.restante.storage.Store;
import dev.restante.storage.StreamKey;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nodes tell each other in passing: the heads of streams that were written to, and whose
 * devices changed. It saves other nodes the wait for their poll and a conflict; nothing more hangs
 * on it.
 *
 * <p>Whoever has something to tell leaves it here and goes on. While a message is on its way more
 * gathers, of each stream the highest head only, and what gathers beyond {@value #MOST_WAITING}
 * drops what has waited longest.
 *
 * <p>Every node hears itself. That is how it knows, without asking the bus, that messages arrive: a
 * message each {@link #BEAT}, and a link over which nothing of one's own came for {@link #SILENCE}
 * is given up for another, with growing pauses. A node that heard nobody else for as long has
 * nobody to tell anything: then the beat is all that it sends, until somebody else is heard. What
 * nodes on another store say is none of its business.
 *
 * <p>Safe for use by many threads; the lock is not held while anybody else is called.
 */
final class Hints {
  private static final Logger log = LoggerFactory.getLogger(Hints.class);

  static final int MOST_WAITING = 10_000;
  static final Duration BEAT = Duration.ofSeconds(5);
  static final Duration SILENCE = BEAT.multipliedBy(3);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final @Nullable NodeBus bus;
  private final Resources resources;
  private final Tally tally;
  private final long self;
  private Consumer<List<Hint>> onHints = hints -> {};
  private Runnable onChange = () -> {};
  private Supplier<Set<UserId>> connected = Set::of;

  private final Map<StreamKey, Long> heads = new LinkedHashMap<>();
  private final Set<UserId> devices = new LinkedHashSet<>();
  private @Nullable Life life;
  private Duration pause = FIRST_PAUSE;
  private long store;
  private boolean begun;
  private boolean beatDue;

  /** Whether a head of an inbox was held back since the last beat, and before it. */
  private boolean heldBack;

  private boolean heldBackBefore;
  private boolean told;
  private boolean closed;

  Hints(@Nullable NodeBus bus, Resources resources, Tally tally) {
    this.bus = bus;
    this.resources = resources;
    this.tally = tally;
    this.self = bus == null ? 0 : resources.random().nextLong();
  }

  /** Sets who is told what other nodes say; while the node is being wired. */
  void onHints(Consumer<List<Hint>> action) {
    onHints = action;
  }

  /** Sets who is told that {@link #state()} changed; while the node is being wired. */
  void onChange(Runnable action) {
    onChange = action;
  }

  /** Sets who knows for whom there are sessions here; while the node is being wired. */
  void connected(Supplier<Set<UserId>> users) {
    connected = users;
  }

  /** Whether what this node tells arrives. */
  Health.Bus state() {
    if (bus == null) {
      return Health.Bus.NONE;
    }
    synchronized (this) {
      return life != null && life.proven ? Health.Bus.UP : Health.Bus.DOWN;
    }
  }

  // ---- telling ---------------------------------------------------------------------------------

  /**
   * Tells what a commit wrote. Called once it is done.
   *
   * @param byTurns whether it was one of many locked commits for which nodes wait in turns: then
   *     the store tells writers where a stream ends, and who else would ask? An inbox may have
   *     sessions on another node. If none says so it is held back
   */
  void tellHeads(Plan plan, boolean byTurns) {
    if (bus != null) {
      synchronized (this) {
        plan.forEachHead(
            (stream, head) -> {
              if (!byTurns || (stream.kind() == StreamKey.Kind.INBOX && isAwaited(stream))) {
                add(stream, head);
              }
            });
      }
      pump();
    }
  }

  private boolean isAwaited(StreamKey inbox) {
    boolean awaited = life == null || life.company.awaits(inbox);
    heldBack |= !awaited;
    return awaited;
  }

  /**
   * Whether heads of inboxes were held back lately: then whoever has just begun a session on
   * another node may have missed one, since he read his inbox before this node heard of the
   * session.
   */
  synchronized boolean holdsBack() {
    return heldBack || heldBackBefore;
  }

  /** Tells one head. */
  void tellHead(StreamKey stream, long head) {
    if (bus != null) {
      synchronized (this) {
        add(stream, head);
      }
      pump();
    }
  }

  /** Tells that a user's devices changed, or that one of them began a session. */
  void tellDevices(UserId user) {
    if (bus != null) {
      synchronized (this) {
        if (isTold()) {
          devices.add(user);
          drop(devices.iterator(), devices.size());
        }
      }
      pump();
    }
  }

  private void add(StreamKey stream, long head) {
    if (isTold()) {
      heads.merge(stream, head, Math::max);
      drop(heads.keySet().iterator(), heads.size());
    }
  }

  /** What happens while nobody can be told is not told later: it is old news then. */
  private boolean isTold() {
    if (life == null) {
      tally.hintsDropped.increment();
      return false;
    }
    return !life.alone;
  }

  private void drop(Iterator<?> eldest, int count) {
    if (count > MOST_WAITING) {
      eldest.next();
      eldest.remove();
      tally.hintsDropped.increment();
    }
  }

  /** Sends what has gathered, unless something is on its way. */
  private void pump() {
    Life now;
    synchronized (this) {
      now = life;
      if (now == null || now.sending || (heads.isEmpty() && devices.isEmpty() && !beatDue)) {
        return;
      }
      now.sending = true;
    }
    Ends.when(
        resources.storeCalls().call(Kind.BUS, "hint", () -> send(now)),
        (count, failure) -> sent(now, failure));
  }

  /** Sends a message, on a thread that may block. */
  private int send(Life through) {
    int room = Math.min(HintCodec.MOST_BYTES, through.link().maxMessageBytes());
    HintCodec.Writer message;
    boolean beats;
    synchronized (this) {
      message = new HintCodec.Writer(new HintCodec.Origin(store, self), room);
      beats = beatDue;
      beatDue = false;
    }
    if (beats) {
      // Before devices are told: whoever connects from here on is among these, then.
      message.sessions(connected.get());
    }
    synchronized (this) {
      fill(message);
    }
    try {
      through.link().send(message.message());
    } catch (RuntimeException e) {
      tally.hintsDropped.add(message.count());
      throw e;
    }
    tally.hintsSent.add(message.count());
    return message.count();
  }

  private void fill(HintCodec.Writer message) {
    for (Iterator<UserId> each = devices.iterator(); each.hasNext(); each.remove()) {
      if (!message.devices(each.next())) {
        return;
      }
    }
    Iterator<Map.Entry<StreamKey, Long>> each = heads.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<StreamKey, Long> head = each.next();
      if (!message.head(head.getKey(), head.getValue())) {
        return;
      }
      each.remove();
    }
  }

  private void sent(Life through, @Nullable Throwable failure) {
    synchronized (this) {
      through.sending = false;
    }
    if (failure == null) {
      pump();
    } else {
      lost(through, failure);
    }
  }

  // ---- hearing ---------------------------------------------------------------------------------

  private void heard(Life from, byte[] message) {
    Optional<HintCodec.Origin> origin = HintCodec.origin(message);
    if (origin.isPresent() && origin.get().sender() == self) {
      heardOneself(from);
      return;
    }
    if (origin.isPresent() && isForeign(origin.get())) {
      tally.hintsForeign.increment();
      return;
    }
    Optional<List<Hint>> hints = origin.isEmpty() ? Optional.empty() : HintCodec.hints(message);
    if (hints.isEmpty()) {
      tally.hintsUnreadable.increment();
      return;
    }
    synchronized (this) {
      from.companyNanos = resources.nanoTime().getAsLong();
      from.alone = false;
      from.company.heard(origin.get().sender(), hints.get(), from.companyNanos);
    }
    List<Hint> forOthers =
        hints.get().stream().filter(hint -> !(hint instanceof Hint.Sessions)).toList();
    if (!forOthers.isEmpty()) {
      tally.hintsReceived.add(forOthers.size());
      onHints.accept(forOthers);
    }
  }

  private synchronized boolean isForeign(HintCodec.Origin origin) {
    return origin.store() != store;
  }

  private void heardOneself(Life from) {
    boolean proven;
    synchronized (this) {
      from.heardNanos = resources.nanoTime().getAsLong();
      proven = !from.proven && life == from;
      if (proven) {
        from.proven = true;
        pause = FIRST_PAUSE;
        told = false;
      }
    }
    if (proven) {
      log.info("Connected to the {}", description());
      onChange.run();
    }
  }

  // ---- connecting ------------------------------------------------------------------------------

  /** Finds out which store this is, and connects: once, and again whenever the bus is lost. */
  void storeIsUp(StoreAccess access) {
    if (bus == null || isClosed()) {
      return;
    }
    Ends.when(
        access.call(Kind.HOUSEKEEPING, "identify", this::fingerprint),
        (mark, failure) -> {
          if (mark != null) {
            open(mark);
          } else if (access.isUp()) {
            resources.timers().schedule(LONGEST_PAUSE, () -> storeIsUp(access));
          }
        });
  }

  private long fingerprint(Store from) {
    return CursorSeal.of(
            from, from.records(List.of(Keys.SEAL)), resources.clock().millis(), resources.random())
        .fingerprint();
  }

  private void open(long mark) {
    boolean first;
    synchronized (this) {
      store = mark;
      first = !begun;
      begun = true;
    }
    if (first) {
      open();
    }
  }

  private void open() {
    if (bus == null || isClosed()) {
      return;
    }
    NodeBus to = bus;
    Ends.when(
        resources
            .storeCalls()
            .call(
                Kind.BUS,
                "connect",
                () -> {
                  Life begun = new Life();
                  begun.link = to.connect(begun);
                  return begun;
                }),
        this::opened);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void opened(@Nullable Life begun, @Nullable Throwable failure) {
    if (begun == null) {
      complain(failure);
      openLater();
      return;
    }
    boolean tooLate;
    synchronized (this) {
      tooLate = closed;
      if (!tooLate) {
        life = begun;
        begun.heardNanos = resources.nanoTime().getAsLong();
        // Others say that they are there when their next beat is due, at the latest.
        begun.companyNanos = begun.heardNanos;
        begun.company.begin(begun.heardNanos);
      }
    }
    if (tooLate) {
      begun.link().close();
    } else if (begun.broken) {
      lost(begun, new BusException("it broke at once", null));
    } else if (begun.link().maxMessageBytes() < BusLink.LEAST_MESSAGE_BYTES) {
      lost(
          begun,
          new BusException(
              "it has no room for a hint: %d bytes, of %d at least"
                  .formatted(begun.link().maxMessageBytes(), BusLink.LEAST_MESSAGE_BYTES),
              null));
    } else {
      beat(begun);
    }
  }

  private void openLater() {
    Duration wait;
    synchronized (this) {
      wait = pause.plusMillis(resources.random().nextLong(pause.toMillis()));
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
    resources.timers().schedule(wait, this::open);
  }

  /** Says something, so that it may be heard, as long as what was said before was. */
  private void beat(Life alive) {
    Duration silence;
    synchronized (this) {
      if (life != alive) {
        return;
      }
      long now = resources.nanoTime().getAsLong();
      silence = Duration.ofNanos(now - alive.heardNanos);
      alive.alone = now - alive.companyNanos > SILENCE.toNanos();
      alive.company.forgetSilent(now);
      heldBackBefore = heldBack;
      heldBack = false;
      beatDue = true;
    }
    if (silence.compareTo(SILENCE) > 0) {
      lost(alive, new BusException("nothing came back for " + silence, null));
      return;
    }
    resources.timers().schedule(BEAT, () -> beat(alive));
    pump();
  }

  private void lost(Life dead, Throwable why) {
    synchronized (this) {
      dead.broken = true;
      if (life != dead) {
        return;
      }
      life = null;
      tally.hintsDropped.add(heads.size() + devices.size());
      heads.clear();
      devices.clear();
    }
    if (dead.proven) {
      tally.busLosses.increment();
    }
    complain(why);
    dead.link().close();
    if (dead.proven) {
      onChange.run();
    }
    openLater();
  }

  /** Once for each time that it is away. */
  private void complain(@Nullable Throwable why) {
    synchronized (this) {
      if (told || closed) {
        return;
      }
      told = true;
    }
    String what = why == null ? "it is not there" : why.getMessage();
    log.warn("Without the {}, the store is polled all the same: {}", description(), what);
  }

  private String description() {
    return bus == null ? "bus" : bus.description();
  }

  void close() {
    Life last;
    synchronized (this) {
      closed = true;
      last = life;
      life = null;
      heads.clear();
      devices.clear();
    }
    if (last != null) {
      last.link().close();
    }
  }

  /** One connection. Its fields are guarded by the lock of the whole. */
  private final class Life implements BusReceiver {
    private final Company company = new Company();
    private @Nullable BusLink link;
    private boolean sending;
    private boolean proven;
    private volatile boolean broken;

    /** When a message of one's own came back, and when one of somebody else's came. */
    private long heardNanos;

    private long companyNanos;
    private boolean alone;

    BusLink link() {
      BusLink there = link;
      if (there == null) {
        throw new IllegalStateException("not connected");
      }
      return there;
    }

    @Override
    public void received(byte[] message) {
      try {
        heard(this, message);
      } catch (RuntimeException bug) {
        log.error("A hint could not be taken in", bug);
      }
    }

    @Override
    public void lost(Throwable why) {
      Hints.this.lost(this, why);
    }
  }
}
