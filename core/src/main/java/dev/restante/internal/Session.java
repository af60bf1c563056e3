package dev.restante.internal;

import static java.util.Objects.requireNonNull;

import dev.restante.Resources;
import dev.restante.RestanteListener;
import dev.restante.RestanteOptions;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Gap;
import dev.restante.api.Refusal.Code;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.Device;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxSlice;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Store;
import dev.restante.storage.StoredRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of one device: brings the subscriber what the {@link Feed} says comes next, as
 * often as it asks, one call at a time, and carries the device's acknowledgements and messages in.
 *
 * <p>A device that is slow, or gone without a word, costs one page of memory and its rows in the
 * inbox; it holds up nobody else.
 *
 * <p>Safe for use by many threads. Every field is guarded by this object's lock, which is not held
 * while the subscriber, the store or another engine is called.
 */
final class Session implements DeviceSession, Flow.Subscription {
  private static final Logger log = LoggerFactory.getLogger(Session.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /**
   * The most lanes that stay broken. Dropping one would let a later message overtake the refused
   * one, so a device that never resumes loses its session instead.
   */
  static final int MOST_BROKEN_LANES = 10_000;

  /** What sessions work with. */
  record Engines(
      Committer committer,
      StoreAccess store,
      RestanteOptions options,
      Resources resources,
      Tally tally,
      Epoch epoch,
      DeviceEngine devices,
      MessageEngine messages,
      RecordWriter records,
      Claims claims,
      Hints hints,
      Trimmer trimmer,
      LossReport storeLost,
      Consumer<Consumer<RestanteListener>> listeners,
      Consumer<Session> onEnd) {}

  /** Is told that the store has less than it acknowledged. */
  interface LossReport {
    void storeLost(String what, long epoch, long had, long has);
  }

  /** By what a session holds its device. */
  record Claim(SessionRecord session, Device device) {}

  /** A session at the moment when a poll begins. */
  record Polled(Session session, long generation, long tail) {}

  private final DeviceId device;
  private final UserId user;
  private final SyncPolicy policy;
  private final Flow.Subscriber<? super Delivery> subscriber;
  private final Engines engines;
  private final CompletableFuture<End> ended = new CompletableFuture<>();
  private final Map<ConversationId, Lane> lanes = new HashMap<>();

  /** How many lanes nobody is in; all of them are broken. */
  private int broken;

  private final Feed feed;
  private final Acknowledgements acknowledgements;

  private @Nullable InboxState inbox;
  private @Nullable Claim claim;
  private @Nullable End end;
  private long demand;

  /** Whether the subscriber is being called, or about to be. */
  private boolean emitting = true;

  private boolean completed;

  /** What the subscriber did wrong, if it did. */
  private @Nullable IllegalArgumentException badRequest;

  private Duration pause = FIRST_PAUSE;

  Session(
      DeviceId device,
      SyncPolicy policy,
      Flow.Subscriber<? super Delivery> subscriber,
      Engines engines) {
    this.device = device;
    this.user = device.user();
    this.policy = policy;
    this.subscriber = subscriber;
    this.engines = engines;
    this.feed = new Feed(user, policy);
    this.acknowledgements =
        new Acknowledgements(
            engines.records, engines.resources.callbacks(), () -> engines.trimmer.note(user));
  }

  @Override
  public DeviceId device() {
    return device;
  }

  SyncPolicy policy() {
    return policy;
  }

  // ---- the beginning ---------------------------------------------------------------------------

  void start() {
    InboxState attached = engines.committer.attach(user, this);
    boolean over;
    synchronized (this) {
      inbox = attached;
      over = end != null;
    }
    if (over) {
      engines.committer.detach(attached, this);
    }
    emit(() -> subscriber.onSubscribe(this));
    new Opening(this, engines, policy.resumeAt()).run();
  }

  /** Claims the device, unless this session ended meanwhile: a later one would lose it again. */
  synchronized Optional<SessionRecord> claimAbove(SessionRecord before, Standstill stands) {
    return end == null ? Optional.of(engines.claims.above(before, stands)) : Optional.empty();
  }

  void begin(
      Claim mine,
      CursorSeal seal,
      long epoch,
      CursorToken place,
      CursorRecord recorded,
      long head,
      Standstill before) {
    synchronized (this) {
      if (end != null) {
        return;
      }
      claim = mine;
      long position = recorded.epoch() == epoch ? recorded.position() : 0;
      feed.watch(before, mine.session.standstill(), engines.options.maxResends());
      feed.begin(seal, epoch, place, position, head, recorded.fresh());
    }
    step();
  }

  synchronized boolean isOver() {
    return end != null;
  }

  /** Tells the operator that the device gets nowhere. */
  void tellStalled(long resends) {
    engines.tally.stalledDevices.increment();
    log.warn("{} was handed the same {} times and acknowledged nothing", device, resends);
    engines.listeners.accept(listener -> listener.deviceStalled(device, resends));
  }

  static End ofBar(Directory.Bar bar) {
    return bar == Directory.Bar.REVOKED ? End.REVOKED : End.DEVICE_LIMIT;
  }

  // ---- going on --------------------------------------------------------------------------------

  /** Does what is to be done next, if anything. Called without the lock, from anywhere. */
  private void step() {
    boolean deliver;
    Feed.Read read;
    synchronized (this) {
      deliver = !emitting && demand > 0 && feed.hasNext();
      emitting |= deliver;
      read = demand > 0 ? feed.nextRead() : null;
    }
    if (deliver) {
      emit(this::deliver);
    }
    if (read != null) {
      read(read);
    }
  }

  /** Hands the next delivery to the subscriber. Entries are decoded here, not by who commits. */
  private void deliver() {
    Delivery next;
    Feed.Read read;
    SessionRecord again = null;
    Gap aside;
    synchronized (this) {
      next = end == null ? feed.next() : null;
      if (next != null) {
        demand--;
      }
      aside = feed.takeSetAside();
      Standstill stands = feed.takeResent();
      if (stands != null && claim != null) {
        again = claim.session.resent(stands, engines.resources.clock().millis());
        claim = new Claim(again, claim.device);
      }
      // The next page is fetched while this one is worked on.
      read = demand > 0 ? feed.nextRead() : null;
    }
    if (read != null) {
      read(read);
    }
    if (again != null) {
      resent(again);
    }
    if (aside != null) {
      tellSetAside(aside);
    }
    if (next != null) {
      if (next instanceof Delivery.Page page) {
        engines.tally.delivered.add(page.entries().size());
      }
      subscriber.onNext(next);
    }
  }

  private void resent(SessionRecord again) {
    engines.records.raise(
        RecordWrite.raise(Keys.session(device), again.version(), again.encode()), durable -> {});
    int most = engines.options.maxResends();
    Standstill stands = again.standstill();
    if (stands.isCareful() && stands.resends() % most == 0) {
      tellStalled((long) most + stands.resends());
    }
  }

  private void tellSetAside(Gap gap) {
    engines.tally.setAside.increment();
    log.warn("{} is set aside for {}, which never acknowledged it", gap, device);
    engines.listeners.accept(listener -> listener.entrySetAside(device, gap));
  }

  private void read(Feed.Read read) {
    if (read instanceof Feed.Read.Page page) {
      engines.tally.storeReads.increment();
      call(
          "readInbox",
          from -> page(from, page),
          found -> taken(page, found),
          () -> change(() -> feed.failed(page)));
    } else if (read instanceof Feed.Read.Part part) {
      call(
          "snapshot",
          from -> SnapshotReader.read(from, user, part.after(), limits(part)),
          found -> change(() -> feed.taken(part, found)),
          () -> change(() -> feed.failed(part)));
    }
  }

  /**
   * What was read.
   *
   * @param slice rows of the inbox
   * @param recorded what is on record of the device, if rows are gone that it was not brought
   */
  private record Found(InboxSlice slice, @Nullable CursorRecord recorded) {}

  private Found page(Store from, Feed.Read.Page page) {
    InboxSlice slice =
        from.readInbox(Keys.inbox(user), page.after(), policy.pageEntries(), policy.pageBytes());
    if (slice.floor() <= page.after()) {
      return new Found(slice, null);
    }
    RecordKey key = Keys.cursor(device);
    StoredRecord stored = from.records(List.of(key)).get(key);
    return new Found(slice, stored == null ? null : CursorRecord.of(stored));
  }

  private SnapshotReader.Limits limits(Feed.Read.Part part) {
    return new SnapshotReader.Limits(
        part.bare() ? 0 : policy.latest(), policy.pageEntries(), policy.pageBytes());
  }

  private void taken(Feed.Read.Page page, Found found) {
    InboxSlice slice = found.slice;
    boolean lost;
    long epoch;
    synchronized (this) {
      epoch = feed.epoch();
      lost =
          !(found.recorded != null && isOnRecord(page, found.recorded, slice.floor()))
              && feed.taken(page, slice, engines.resources.clock().millis());
    }
    if (lost) {
      engines.storeLost.storeLost(
          "the inbox of " + user, epoch, page.expected(), slice.scannedTo());
      later(this::step);
    } else {
      step();
    }
  }

  /**
   * Whether the rows that are gone are ones that the device had: it acknowledged them to a session
   * before this one, and that arrived only after this one had begun where the store knew it to be.
   * Not so if it said itself where it stands: then it wants what comes after that.
   */
  private boolean isOnRecord(Feed.Read.Page page, CursorRecord recorded, long floor) {
    if (claim == null || policy.resumeAt() != null || recorded.of(claim.device).fresh()) {
      return false;
    }
    return recorded.position() >= floor && feed.skip(page, recorded.token());
  }

  private void change(Runnable what) {
    synchronized (this) {
      what.run();
    }
    step();
  }

  /** Is told what was committed on this node to the user's inbox. */
  void offer(List<InboxItem> items) {
    change(() -> feed.offer(items));
  }

  // ---- what other nodes did --------------------------------------------------------------------

  /** Another node says that the inbox has a row there. */
  void hint(long position) {
    change(() -> feed.hint(position));
  }

  /** What a poll must know of this session; nothing while it opens. */
  synchronized Optional<Polled> poll() {
    return end != null || claim == null
        ? Optional.empty()
        : Optional.of(new Polled(this, feed.generation(), feed.tail()));
  }

  /** What a poll that began at that moment found. */
  void seen(Polled polled, Directory devices, @Nullable StoredRecord stored, long head) {
    Optional<End> why;
    boolean lost = false;
    long epoch;
    synchronized (this) {
      if (claim == null || end != null) {
        return;
      }
      epoch = feed.epoch();
      why = loss(claim, devices, stored);
      if (why.isEmpty() && polled.generation == feed.generation()) {
        lost = head < polled.tail;
        feed.know(head);
      }
    }
    if (why.isPresent()) {
      end(why.get());
    } else if (lost) {
      engines.storeLost.storeLost("the inbox of " + user, epoch, polled.tail, head);
    } else {
      epochRose();
    }
  }

  /** Why a session does not hold its device any more, if it does not. */
  private Optional<End> loss(Claim held, Directory devices, @Nullable StoredRecord stored) {
    Optional<Device> registered = devices.find(device);
    if (registered.isEmpty()) {
      return Optional.of(ofBar(devices.bar(device).orElse(Directory.Bar.DISPLACED)));
    }
    boolean anew = !registered.get().registeredAt().equals(held.device.registeredAt());
    boolean taken = stored != null && SessionRecord.of(stored).version() > held.session.version();
    return anew || taken ? Optional.of(End.REPLACED) : Optional.empty();
  }

  /** The store's epoch rose: what the device has must be compared anew. */
  void epochRose() {
    long now = engines.epoch.known();
    change(
        () -> {
          if (feed.isOpen() && feed.epoch() < now) {
            feed.restart(now);
          }
        });
  }

  /** Says now and then that the device is still there, so that it does not count as dormant. */
  void touch(long nowMillis, Duration every, RecordWriter records) {
    RecordWrite write;
    synchronized (this) {
      if (claim == null
          || end != null
          || nowMillis - claim.session.seenMillis() < every.toMillis()) {
        return;
      }
      SessionRecord still = claim.session.touch(nowMillis);
      claim = new Claim(still, claim.device);
      write = RecordWrite.raise(Keys.session(device), still.version(), still.encode());
    }
    records.raise(write, durable -> {});
  }

  // ---- store calls -----------------------------------------------------------------------------

  /** Reads from the store; what failed is begun again after a pause, until the session ends. */
  <T> void call(String operation, Function<Store, T> body, Consumer<T> then, Runnable again) {
    Ends.when(
        engines.store.call(Kind.READ, operation, body),
        (value, failure) -> {
          if (value == null) {
            later(again);
            return;
          }
          synchronized (this) {
            pause = FIRST_PAUSE;
          }
          then.accept(value);
        });
  }

  void later(Runnable again) {
    Duration wait;
    synchronized (this) {
      if (end != null) {
        return;
      }
      wait = pause.plusMillis(engines.resources.random().nextLong(pause.toMillis()));
      Duration twice = pause.multipliedBy(2);
      pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }
    engines.resources.timers().schedule(wait, again);
  }

  /** The store is back; the next pause is a short one. */
  synchronized void retryNow() {
    pause = FIRST_PAUSE;
  }

  // ---- the subscriber --------------------------------------------------------------------------

  /** Calls the subscriber; {@link #emitting} is set, so that it is called once at a time. */
  private void emit(Runnable call) {
    engines.resources.callbacks().execute(() -> emitNow(call));
  }

  private void emitNow(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      log.warn("The subscriber of {} threw", device, e);
      end(End.SUBSCRIBER);
    }
    synchronized (this) {
      emitting = false;
    }
    completeIfEnded();
    step();
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      // Reactive Streams, rule 3.9: told in its turn, like every other call.
      synchronized (this) {
        badRequest = new IllegalArgumentException("requested " + n + " deliveries");
      }
      end(End.SUBSCRIBER);
      return;
    }
    change(() -> demand = demand + n < 0 ? Long.MAX_VALUE : demand + n);
  }

  @Override
  public void cancel() {
    end(End.SUBSCRIBER);
  }

  // ---- the device ------------------------------------------------------------------------------

  @Override
  public CompletionStage<Result<Cursor>> acknowledge(Cursor cursor) {
    CursorRecord record;
    Cursor now;
    boolean moved;
    synchronized (this) {
      if (end != null) {
        return sessionEnded();
      }
      Optional<CursorToken> token = feed.read(cursor);
      if (token.isEmpty()) {
        return CompletableFuture.completedStage(
            Result.refused(Code.CURSOR_INVALID, "not a cursor of this session: " + cursor.token()));
      }
      moved = feed.acknowledge(token.get());
      CursorToken place = feed.acknowledged();
      now = feed.encode(place);
      Device registered = requireNonNull(claim).device;
      record =
          new CursorRecord(
              place.epoch(),
              place.position(),
              engines.resources.clock().millis(),
              place.mark(),
              registered.registeredAt().toEpochMilli(),
              false);
    }
    step();
    if (!moved) {
      return CompletableFuture.completedStage(Result.ok(now));
    }
    return acknowledgements.raise(
        RecordWrite.raise(Keys.cursor(device), record.version(), record.encode()), now);
  }

  @Override
  public CompletionStage<Result<Acknowledgement>> submit(Draft draft) {
    if (!draft.sender().equals(device)) {
      throw new IllegalArgumentException(
          "the session is of " + device + ", the draft of " + draft.sender());
    }
    Lane lane;
    synchronized (this) {
      if (end != null) {
        return sessionEnded();
      }
      Lane known = lanes.get(draft.conversation());
      lane = known == null ? new Lane() : known;
      if (known == null) {
        lanes.put(draft.conversation(), lane);
      } else if (lane.busy == 0) {
        broken--;
      }
      lane.busy++;
    }
    CompletableFuture<Result<Acknowledgement>> result = engines.messages.submit(draft, lane);
    Ends.when(result, (done, failure) -> leave(draft.conversation(), lane));
    return result.minimalCompletionStage();
  }

  /** A lane that nobody is in and that is not broken says nothing that a new one does not. */
  private void leave(ConversationId conversation, Lane lane) {
    boolean tooMany;
    synchronized (this) {
      if (--lane.busy == 0 && end == null) {
        if (lane.isBroken()) {
          broken++;
        } else {
          lanes.remove(conversation);
        }
      }
      tooMany = broken > MOST_BROKEN_LANES;
    }
    if (tooMany) {
      log.warn(
          "{} did not resume {} conversations, the limit is {}",
          device,
          MOST_BROKEN_LANES + 1,
          MOST_BROKEN_LANES);
      end(End.UNRESUMED);
    }
  }

  private <T> CompletionStage<Result<T>> sessionEnded() {
    return CompletableFuture.completedStage(
        Result.refused(Code.SESSION_ENDED, "the session ended: " + end));
  }

  @Override
  public void resume(ConversationId conversation, String clientId) {
    Lane lane;
    synchronized (this) {
      lane = lanes.get(conversation);
    }
    if (lane != null) {
      engines.committer.resume(lane, clientId);
    }
  }

  // ---- the end ---------------------------------------------------------------------------------

  @Override
  public CompletionStage<End> ended() {
    return ended.minimalCompletionStage();
  }

  @Override
  public void close() {
    end(End.CLOSED);
  }

  void end(End why) {
    InboxState attached;
    synchronized (this) {
      if (end != null) {
        return;
      }
      end = why;
      feed.close();
      lanes.clear();
      broken = 0;
      attached = inbox;
    }
    if (attached != null) {
      engines.committer.detach(attached, this);
    }
    engines.onEnd.accept(this);
    completeIfEnded();
  }

  /** Tells the subscriber that it was the last call, when no call is under way. */
  private void completeIfEnded() {
    End why;
    synchronized (this) {
      if (end == null || emitting || completed) {
        return;
      }
      completed = true;
      why = end;
    }
    engines.resources.callbacks().execute(() -> complete(why));
  }

  private void complete(End why) {
    IllegalArgumentException bad;
    synchronized (this) {
      bad = badRequest;
    }
    try {
      if (bad != null) {
        subscriber.onError(bad);
      } else if (why != End.SUBSCRIBER) {
        subscriber.onComplete();
      }
    } catch (RuntimeException e) {
      log.warn("The subscriber of {} threw when its session ended", device, e);
    }
    ended.complete(why);
  }
}
