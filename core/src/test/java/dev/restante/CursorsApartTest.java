package dev.restante;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.internal.ComposedStorage;
import dev.restante.storage.Commit;
import dev.restante.storage.CommitOutcome;
import dev.restante.storage.Durability;
import dev.restante.storage.Guard;
import dev.restante.storage.RecordKey;
import dev.restante.storage.RecordWrite;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.StoreException.Effect;
import dev.restante.storage.StreamKey;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where devices stand is in a store of its own, which may be away, or forget. */
@Tag("O4")
class CursorsApartTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId PHONE = BOB.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final StreamKey INBOX = StreamKey.inbox(UserId.DEFAULT_TENANT, "bob");
  private static final RecordKey CURSOR = new RecordKey(INBOX, "cursor", "phone");
  private static final RecordKey OTHER = new RecordKey(INBOX, "talk", "phone");

  private final ManualTime time = new ManualTime();
  private final MemoryStorage main = MemoryStorage.create();
  private final MemoryStorage kept = MemoryStorage.create();
  private final BadStorage cursors = new BadStorage(kept);
  private final List<Restante> nodes = new ArrayList<>();
  private @Nullable DeviceSession opened;

  @AfterEach
  void stop() {
    nodes.forEach(node -> node.close(Duration.ZERO));
  }

  private Restante node(Storage where) {
    return node(main, where);
  }

  private Restante node(Storage all, Storage where) {
    Restante node =
        Restante.builder()
            .storage(all)
            .cursors(where)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(time.resources())
            .build();
    nodes.add(node);
    time.settle();
    return node;
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  private void say(Restante node, String text) {
    ok(node.messages().submit(Draft.text(ALICE.device("pc"), TALK, text)));
  }

  private Inbox connect(Restante node) {
    Inbox inbox = new Inbox();
    opened = node.sync().connect(PHONE, SyncPolicy.everything(), inbox);
    time.advance(Duration.ofSeconds(5));
    return inbox;
  }

  private DeviceSession session() {
    return requireNonNull(opened);
  }

  private static Store open(Storage storage) {
    return storage.open(new StoreContext(Duration.ofSeconds(10)));
  }

  private Storage both(Storage where) {
    return ComposedStorage.of(main, where, null, time.resources().nanoTime());
  }

  private static boolean has(Storage storage, RecordKey key) {
    try (Store store = open(storage)) {
      return store.records(List.of(key)).containsKey(key);
    }
  }

  @Test
  void cursorsAndSessionsAreThereAndNothingElseIs() {
    Restante node = node(cursors);
    say(node, "hello");
    Inbox inbox = connect(node);
    ok(session().acknowledge(inbox.lastCursor()));

    RecordKey claim = new RecordKey(INBOX, "session", "phone");
    RecordKey devices = new RecordKey(INBOX, "devices", "");
    assertThat(has(kept, CURSOR)).isTrue();
    assertThat(has(kept, claim)).isTrue();
    assertThat(has(kept, devices)).isFalse();
    assertThat(has(main, CURSOR)).isFalse();
    assertThat(has(main, claim)).isFalse();
    assertThat(has(main, devices)).isTrue();
  }

  /** A device on another node goes on where it was. */
  @Test
  void anAcknowledgementCountsOnEveryNode() {
    Restante one = node(cursors);
    Restante other = node(cursors);
    say(one, "first");
    Inbox before = connect(one);
    ok(session().acknowledge(before.lastCursor()));
    say(other, "second");

    assertThat(connect(other).texts()).containsExactly("second");
  }

  /** The operator flushes the cache. Nobody loses a message, and each device gets one snapshot. */
  @Test
  void aDeviceWhoseCursorIsGoneBeginsWithASnapshot() {
    Restante node = node(cursors);
    say(node, "first");
    Inbox before = connect(node);
    ok(session().acknowledge(before.lastCursor()));
    session().close();
    say(node, "while away");

    Restante again = node(MemoryStorage.create());
    Inbox after = connect(again);
    assertThat(after.snapshot().orElseThrow().reason()).isEqualTo(Reason.NEW_DEVICE);
    assertThat(after.caughtUp()).isTrue();
    ok(session().acknowledge(after.lastCursor()));
    session().close();
    say(again, "later");

    assertThat(connect(again).texts()).containsExactly("later");
  }

  /** What was acknowledged by the others is removed, whatever became of it. */
  @Test
  void aDeviceWhoseCursorIsGoneDoesNotHoldTheInboxBack() {
    Restante node = node(cursors);
    ok(node.devices().register(BOB.device("lost"), "", ""));
    connect(node);
    RecordKey lost = new RecordKey(INBOX, "cursor", "lost");
    assertThat(has(kept, lost)).isTrue();
    try (Store store = open(kept)) {
      store.commit(Commit.ofRecords(0, List.of(RecordWrite.remove(lost))));
    }
    for (int i = 0; i < 5; i++) {
      say(node, "m" + i);
    }
    Inbox inbox = connect(node);
    ok(session().acknowledge(inbox.lastCursor()));
    time.advance(Duration.ofSeconds(30));

    assertThat(node.counters().trimmedRows()).isPositive();
  }

  @Test
  void messagesAreAcceptedWhileTheStoreOfTheCursorsIsAway() {
    Restante node = node(cursors);
    say(node, "before");
    Inbox before = connect(node);
    cursors.unplugged = true;
    CompletionStage<?> acknowledged = session().acknowledge(before.lastCursor());
    Inbox waiting = new Inbox();
    node.sync().connect(BOB.device("tablet"), SyncPolicy.everything(), waiting);
    for (int i = 0; i < 20; i++) {
      time.advance(Duration.ofSeconds(1));
      say(node, "meanwhile " + i);
    }

    assertThat(node.health().state()).isEqualTo(Health.State.UP);
    assertThat(before.texts()).hasSize(21);
    assertThat(acknowledged.toCompletableFuture()).isNotDone();
    assertThat(waiting.deliveries).isEmpty();

    cursors.unplugged = false;
    time.advance(Duration.ofSeconds(30));
    assertThat(acknowledged.toCompletableFuture()).isCompleted();
    assertThat(waiting.caughtUp()).isTrue();
  }

  /** It was registered, and the rest of it never arrived. */
  @Test
  void aRegistrationOfWhichTheCursorIsMissingIsOne() {
    Restante node = node(cursors);
    cursors.unplugged = true;
    CompletionStage<?> registered = node.devices().register(PHONE, "", "");
    time.advance(Duration.ofSeconds(5));
    cursors.unplugged = false;
    time.advance(Duration.ofSeconds(5));
    assertThat(registered.toCompletableFuture()).isCompleted();
    say(node, "hello");

    Inbox inbox = connect(node);
    assertThat(inbox.caughtUp()).isTrue();
    assertThat(inbox.snapshot().orElseThrow().conversations()).isNotEmpty();
  }

  @Test
  void aNodeThatStartsNeedsBoth() {
    cursors.unplugged = true;
    Restante node = node(cursors);
    time.advance(Duration.ofMinutes(1));
    assertThat(node.health().state()).isEqualTo(Health.State.OPENING);

    cursors.unplugged = false;
    time.advance(Duration.ofSeconds(10));
    assertThat(node.health().state()).isEqualTo(Health.State.UP);
  }

  /** More devices want to connect than the node has threads, and the store only times out. */
  @Test
  void aStoreOfTheCursorsThatHangsKeepsNobodyFromSending() {
    List<Health.State> states = new CopyOnWriteArrayList<>();
    cursors.keepsTimeout = true;
    Restante node =
        Restante.builder()
            .storage(main)
            .cursors(cursors)
            .options(
                RestanteOptions.builder()
                    .minimumDurability(Durability.VOLATILE)
                    .storeCallTimeout(Duration.ofSeconds(1))
                    .build())
            .listener(
                new RestanteListener() {
                  @Override
                  public void healthChanged(Health health) {
                    states.add(health.state());
                  }
                })
            .build();
    nodes.add(node);
    node.opened().toCompletableFuture().join();
    cursors.reads.drainPermits();
    cursors.commits.drainPermits();
    for (int i = 0; i < 60; i++) {
      UserId user = UserId.of("user " + i);
      node.sync().connect(user.device("phone"), SyncPolicy.everything(), new Inbox());
      node.devices().register(user.device("tablet"), "", "");
    }
    // Longer than a call may take that waits for a thread.
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (System.nanoTime() < end) {
      Draft draft = Draft.text(ALICE.device("pc"), TALK, "meanwhile");
      assertThat(node.messages().submit(draft).toCompletableFuture().join().isOk()).isTrue();
    }
    cursors.reads.release(Integer.MAX_VALUE / 2);
    cursors.commits.release(Integer.MAX_VALUE / 2);
    assertThat(states).containsOnly(Health.State.UP);
  }

  @Test
  void aStoreThatOthersCannotShareIsRefusedBesideOneThatTheyCan() {
    cursors.alone = true;
    Restante node = node(cursors);
    assertThat(node.health().state()).isEqualTo(Health.State.FAILED);
    assertThat(node.health().detail()).contains("several nodes may share");
  }

  // ---- the two as one store --------------------------------------------------------------------

  @Test
  void aCommitThatIsNotWrittenLeavesNothingInEither() {
    try (Store store = open(both(kept))) {
      store.commit(Commit.ofRecords(0, List.of(RecordWrite.set(OTHER, 1, new byte[1]))));
      CommitOutcome outcome =
          store.commit(
              Commit.ofRecords(
                  0,
                  List.of(
                      RecordWrite.replace(OTHER, 7, 8, new byte[1]),
                      RecordWrite.set(CURSOR, 1, new byte[1]))));
      assertThat(outcome).isInstanceOf(CommitOutcome.Conflict.class);
      assertThat(store.records(List.of(CURSOR, OTHER))).containsOnlyKeys(OTHER);
    }
  }

  @Test
  void aLockedCommitIsSplitToo() {
    try (Store store = open(both(kept))) {
      CommitOutcome outcome =
          store.commitLocked(
              List.of(INBOX),
              heads ->
                  Optional.of(
                      Commit.ofRecords(
                          0,
                          List.of(
                              RecordWrite.set(OTHER, 1, new byte[1]),
                              RecordWrite.set(CURSOR, 1, new byte[1])))));
      assertThat(outcome).isInstanceOf(CommitOutcome.Committed.class);
      assertThat(store.list(CURSOR.partition(), "cursor", "", 10)).hasSize(1);
    }
    assertThat(has(kept, CURSOR)).isTrue();
    assertThat(has(main, OTHER)).isTrue();
    assertThat(has(main, CURSOR)).isFalse();
  }

  @Test
  void whatCannotBeTornApartIsRefused() {
    try (Store store = open(both(kept))) {
      List<Commit> torn =
          List.of(
              Commit.ofRecords(0, List.of(RecordWrite.replace(CURSOR, 0, 1, new byte[1]))),
              new Commit(
                  0,
                  false,
                  List.of(),
                  List.of(),
                  List.of(),
                  List.of(RecordWrite.set(OTHER, 1, new byte[1])),
                  List.of(new Guard(CURSOR, 0))));
      for (Commit commit : torn) {
        assertThatThrownBy(() -> store.commit(commit))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.FAULT));
      }
      assertThat(store.records(List.of(CURSOR, OTHER))).isEqualTo(Map.of());
    }
  }

  /** A cursor that did not arrive is as good as one that was lost later. */
  @Test
  void whatIsInTheMainStoreIsCommittedAndWhatIsApartOnlyMayBeRepeated() {
    try (Store store = open(both(cursors))) {
      cursors.unplugged = true;
      RecordWrite apart = RecordWrite.raise(CURSOR, 1, new byte[1]);
      RecordWrite other = RecordWrite.set(OTHER, 1, new byte[1]);
      assertThat(store.commit(Commit.ofRecords(0, List.of(apart, other))))
          .isEqualTo(CommitOutcome.COMMITTED);
      assertThat(effect(store, List.of(apart))).isEqualTo(Effect.TRANSIENT);
      assertThat(has(main, OTHER)).isTrue();
      assertThatThrownBy(() -> store.records(List.of(CURSOR, OTHER)))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
    }
  }

  /** A hundred devices that want to connect do not take all threads of the node. */
  @Test
  void oneCallAtATimeFindsOutWhetherTheStoreOfTheCursorsIsBack() throws Exception {
    try (Store store = open(both(cursors))) {
      RecordWrite apart = RecordWrite.raise(CURSOR, 1, new byte[1]);
      cursors.unplugged = true;
      assertThat(effect(store, List.of(apart))).isEqualTo(Effect.TRANSIENT);
      cursors.unplugged = false;
      time.advance(Duration.ofMillis(100));
      cursors.commits.drainPermits();
      Thread asking = new Thread(() -> store.commit(Commit.ofRecords(0, List.of(apart))));
      asking.start();
      while (!cursors.commits.hasQueuedThreads()) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(() -> store.records(List.of(CURSOR)))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.effect()).isEqualTo(Effect.TRANSIENT));
      assertThat(store.records(List.of(OTHER))).isEmpty();
      cursors.commits.release(1);
      asking.join();
      assertThat(store.records(List.of(CURSOR))).containsKey(CURSOR);
      cursors.commits.release(Integer.MAX_VALUE / 2);
    }
  }

  /** So that a call which needs both ends in time. */
  @Test
  void theStoreOfTheCursorsHasAQuarterOfTheTime() {
    List<Duration> told = new ArrayList<>();
    Storage listening =
        new Storage() {
          @Override
          public String description() {
            return "listening";
          }

          @Override
          public Store open(StoreContext context) {
            told.add(context.callTimeout());
            return kept.open(context);
          }
        };
    try (Store store = both(listening).open(new StoreContext(Duration.ofSeconds(10)))) {
      assertThat(store.info().name()).contains("+");
    }
    assertThat(told).containsExactly(Duration.ofMillis(2_500));
  }

  /** An acknowledgement that waits for its store does not keep the other store's epoch waiting. */
  @Test
  void aLossIsNotedWhileTheStoreOfTheCursorsIsAway() {
    BadStorage lossy = new BadStorage(main);
    Restante node = node(lossy, cursors);
    say(node, "hello");
    Inbox inbox = connect(node);
    cursors.unplugged = true;
    CompletionStage<?> acknowledged = session().acknowledge(inbox.lastCursor());
    say(node, "is lost");
    lossy.lose(1);
    time.advance(Duration.ofSeconds(10));

    assertThat(has(lossy, new RecordKey(StreamKey.STORE, "epoch", ""))).isTrue();
    assertThat(acknowledged.toCompletableFuture()).isNotDone();
  }

  /** A device is revoked on another node meanwhile. */
  @Test
  void aRevocationIsSeenWhileTheStoreOfTheCursorsIsAway() {
    Restante node = node(cursors);
    Restante other = node(cursors);
    say(node, "hello");
    Inbox inbox = connect(node);
    cursors.unplugged = true;
    ok(other.devices().revoke(BOB, PHONE));
    time.advance(Duration.ofSeconds(10));
    assertThat(inbox.completed).isTrue();
  }

  private static Effect effect(Store store, List<RecordWrite> writes) {
    try {
      store.commit(Commit.ofRecords(0, writes));
      throw new AssertionError("written");
    } catch (StoreException e) {
      return e.effect();
    }
  }
}
