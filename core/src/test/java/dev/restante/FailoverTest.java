package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryQuery;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A failover to a replica that lags, under commits that wait, with the options' defaults. */
@Tag("M2")
class FailoverTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final ByHand hand = new ByHand();
  private final List<String> losses = new ArrayList<>();
  private final RestanteListener listener =
      new RestanteListener() {
        @Override
        public void storeLostWrites(String what, long had, long has) {
          losses.add(had + " -> " + has);
        }
      };

  private final Restante restante = node(hand);

  private Restante node(ByHand resources) {
    return Restante.builder()
        .storage(storage)
        .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
        .resources(resources.resources())
        .listener(listener)
        .build();
  }

  @BeforeEach
  void tenMessages() {
    hand.settleAll();
    for (int i = 1; i <= 10; i++) {
      var stage = submit("m" + i);
      hand.settleAll();
      assertThat(get(stage).orThrow().seq()).isEqualTo(i);
    }
  }

  private CompletionStage<Result<Acknowledgement>> submit(String text) {
    return restante.messages().submit(Draft.text(ALICE.device("phone"), TALK, text));
  }

  private static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  /** The store goes away, somebody notices, and a replica without the last messages takes over. */
  private void failOver(int lost) {
    storage.unplugged = true;
    var read = restante.messages().history(BOB, HistoryQuery.latest(TALK, 1));
    hand.run(Kind.READ);
    assertThat(get(read).isOk()).isFalse();
    storage.unplugged = false;
    storage.lose(lost);
  }

  private List<Long> numbers() {
    var read = restante.messages().history(BOB, HistoryQuery.latest(TALK, 100));
    hand.settleAll();
    return get(read).orThrow().entries().stream().map(LogEntry::seq).sorted().toList();
  }

  @Test
  void aCommitThatWaitsForAThreadLeavesNoGap() {
    var late = submit("late");
    hand.settle();
    assertThat(hand.waiting(Kind.COMMIT)).isEqualTo(1);
    failOver(4);
    hand.settleAll();
    assertThat(get(late).orThrow().seq()).isEqualTo(7);
    assertThat(numbers()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(losses).contains("10 -> 6");
  }

  @Test
  void aGapBehindACommitThatWaitedForAConnectionIsTold() {
    var late = submit("late");
    storage.inCommit = () -> failOver(4);
    hand.settleAll();
    assertThat(get(late).isOk()).isTrue();
    assertThat(losses).contains("10 -> 9");
  }

  @Test
  void whatIsNotMissingIsNotToldAsLost() {
    var late = submit("late");
    storage.inCommit = () -> failOver(0);
    hand.settleAll();
    assertThat(get(late).orThrow().seq()).isEqualTo(11);
    assertThat(losses).isEmpty();
  }

  @Test
  void theLookBehindIsRepeatedWhileTheStoreIsAway() {
    submit("late");
    storage.inCommit = () -> failOver(4);
    hand.run(Kind.COMMIT);
    storage.unplugged = true;
    hand.settleAll();
    assertThat(losses).isEmpty();
    storage.unplugged = false;
    hand.pass(Duration.ofSeconds(2));
    hand.settleAll();
    assertThat(losses).contains("10 -> 9");
  }

  /** Records are written in groups, a little later. */
  private static void settle(ByHand hand) {
    hand.settleAll();
    hand.pass(Duration.ofSeconds(1));
    hand.settleAll();
  }

  private static void register(Restante on, ByHand hand, String name) {
    var registered = on.devices().register(BOB.device(name), "", "");
    hand.settleAll();
    assertThat(get(registered).isOk()).isTrue();
  }

  /** A change of devices writes to an inbox and to no log, where a gap could be looked for. */
  @Test
  void aChangeOfDevicesThatWaitedForAConnectionLeavesNoGap() {
    storage.inCommit = () -> failOver(4);
    register(restante, hand, "phone");
    assertThat(losses).contains("10 -> 6");
  }

  /** What was written in the place of what was lost, before the witness came back. */
  private enum Replacement {
    NOTE_FOR_MESSAGE,
    NOTES_FOR_MESSAGE,
    MESSAGE_FOR_MESSAGE,
    MESSAGE_AND_NOTE_FOR_THE_SAME
  }

  /** A node that saw nothing of what was lost. */
  private final class Survivor {
    private final ByHand its = new ByHand();
    private final Restante node = node(its);

    Survivor() {
      its.stepClock(Duration.ofSeconds(20));
      its.settleAll();
    }

    void register(String name) {
      FailoverTest.register(node, its, name);
    }

    void say(String text) {
      var said = node.messages().submit(Draft.text(ALICE.device("phone"), TALK, text));
      its.settleAll();
      assertThat(get(said).isOk()).isTrue();
    }

    void write(Replacement replacement) {
      switch (replacement) {
        case NOTE_FOR_MESSAGE -> register("tablet");
        case NOTES_FOR_MESSAGE -> {
          register("tablet");
          register("watch");
        }
        case MESSAGE_FOR_MESSAGE -> say("another");
        case MESSAGE_AND_NOTE_FOR_THE_SAME -> {
          say("another");
          register("tablet");
        }
      }
    }

    Inbox connect(SyncPolicy policy) {
      Inbox inbox = new Inbox();
      node.sync().connect(BOB.device("phone"), policy, inbox);
      settle(its);
      settle(its);
      return inbox;
    }
  }

  /** Only the device knows what it had: the node that was told of it is gone. */
  @ParameterizedTest
  @EnumSource
  @Tag("S2")
  void aDeviceWhoseNumberWasTakenByAnotherRowIsAWitness(Replacement replacement) {
    assertWitness(replacement, SyncPolicy.everything());
  }

  /** A snapshot takes the place of the backlog, and must not hide what is wrong with it. */
  @ParameterizedTest
  @EnumSource
  @Tag("S2")
  void soItIsWhereItBeginsWithASnapshot(Replacement replacement) {
    assertWitness(replacement, SyncPolicy.everything().withLatest(1));
  }

  private void assertWitness(Replacement replacement, SyncPolicy policy) {
    Inbox inbox = new Inbox();
    restante.sync().connect(BOB.device("phone"), SyncPolicy.everything(), inbox);
    settle(hand);
    submit("lost");
    settle(hand);
    boolean note = replacement == Replacement.MESSAGE_AND_NOTE_FOR_THE_SAME;
    if (note) {
      register(restante, hand, "tablet");
    }
    Cursor cursor = inbox.lastCursor();
    restante.close(Duration.ZERO);
    storage.lose(note ? 2 : 1);
    Survivor survivor = new Survivor();
    survivor.write(replacement);
    assertThat(losses).isEmpty();
    Inbox again = survivor.connect(policy.resumeAt(cursor));
    assertThat(losses).isNotEmpty();
    assertThat(again.snapshot().orElseThrow().reason()).isEqualTo(Reason.STORE_LOST_WRITES);
  }
}
