package dev.restante;

import static dev.restante.api.Refusal.Code.DEVICE_BARRED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Refusal;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.DeviceSession.End;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.bus.BusException;
import dev.restante.bus.BusLink;
import dev.restante.bus.BusReceiver;
import dev.restante.bus.LocalBus;
import dev.restante.bus.NodeBus;
import dev.restante.internal.Hostile;
import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several nodes on one store that tell each other what they did. The poll comes once a minute, so
 * what is there before it comes was told.
 */
@Tag("O6")
class BusTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId ALICE_PHONE = ALICE.device("phone");
  private static final DeviceId BOB_PHONE = BOB.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final Duration POLL = Duration.ofMinutes(1);

  /** Longer than a node thinks of those whom it has not heard yet, and its next beat. */
  private static final Duration HEARD = Duration.ofSeconds(16);

  private final ManualTime time = new ManualTime();
  private final Resources resources = time.resources();
  private final MemoryStorage storage = MemoryStorage.create();
  private final LocalBus bus = LocalBus.create();
  private final List<Restante> nodes = new ArrayList<>();

  private Restante node(NodeBus on) {
    Restante node = builder().bus(on).build();
    nodes.add(node);
    time.settle();
    return node;
  }

  private RestanteBuilder builder() {
    return builder(storage);
  }

  private RestanteBuilder builder(Storage on) {
    return Restante.builder()
        .storage(on)
        .options(
            RestanteOptions.builder()
                .minimumDurability(Durability.VOLATILE)
                .pollInterval(POLL)
                .build())
        .resources(resources);
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> node.close(Duration.ZERO));
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  private Acknowledgement say(Restante node, DeviceId sender, String text) {
    return ok(node.messages().submit(Draft.text(sender, TALK, text)));
  }

  private DeviceSession connect(Restante node, DeviceId device, Inbox inbox) {
    DeviceSession session = node.sync().connect(device, SyncPolicy.everything(), inbox);
    // A device that is registered by connecting is looked for again after a moment.
    time.advance(Duration.ofSeconds(1));
    assertThat(inbox.caughtUp()).isTrue();
    return session;
  }

  @Test
  void aMessageReachesADeviceOnAnotherNodeWithoutAPoll() {
    Restante one = node(bus);
    Restante other = node(bus);
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    for (int i = 1; i <= 20; i++) {
      say(one, ALICE_PHONE, "m" + i);
      assertThat(inbox.logEntries()).hasSize(i);
    }
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    assertThat(one.counters().hintsSent()).isPositive();
    assertThat(other.counters().hintsReceived()).isGreaterThanOrEqualTo(40);
    assertThat(other.counters().hintsUnreadable()).isZero();
  }

  /** Where a log ends is told by the store, and before anybody plans. */
  @Test
  void whoeverWritesByTurnsTellsOfInboxesOnly() {
    BadStorage busy = new BadStorage(storage);
    Restante one = builder(busy).bus(bus).build();
    nodes.add(one);
    Restante other = node(bus);
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    say(one, ALICE_PHONE, "first");
    meetOthers(one, busy);
    assertThat(hintsOf(10, one, other)).isEqualTo(30);
    busy.contended = true;
    time.advance(HEARD);
    meetOthers(one, busy);
    hintsOf(10, one, other);
    int before = inbox.logEntries().size();
    // Of Bob's; Alice's is of no use to anybody.
    assertThat(hintsOf(10, one, other)).isEqualTo(10);
    assertThat(inbox.logEntries()).hasSize(before + 10);
    // What a change of a group did is told as ever: nobody plans by members that are long gone.
    ConversationId group = ConversationId.group("group");
    ok(one.conversations().create(ALICE, group, "title", Set.of(BOB)));
    long heard = other.counters().hintsReceived();
    ok(one.conversations().setTitle(ALICE, group, "another"));
    assertThat(other.counters().hintsReceived() - heard).isGreaterThanOrEqualTo(3);
  }

  /** A node that writes by turns, beside others. */
  private Restante inTurns() {
    return inTurns(bus);
  }

  private Restante inTurns(NodeBus on) {
    BadStorage busy = new BadStorage(storage);
    Restante node = builder(busy).bus(on).build();
    nodes.add(node);
    time.settle();
    say(node, ALICE_PHONE, "first");
    busy.contended = true;
    meetOthers(node, busy);
    hintsOf(10, node, node);
    return node;
  }

  @Test
  void whoeverWritesByTurnsTellsOfInboxesThatSomebodyAwaits() {
    Restante other = node(bus);
    Restante one = inTurns();
    time.advance(HEARD);
    assertThat(hintsOf(10, one, other)).isZero();
    Inbox inbox = new Inbox();
    DeviceSession session = connect(other, BOB_PHONE, inbox);
    int before = inbox.logEntries().size();
    assertThat(hintsOf(10, one, other)).isEqualTo(10);
    assertThat(inbox.logEntries()).hasSize(before + 10);
    // The next beat tells it anew.
    time.advance(Duration.ofSeconds(6));
    assertThat(hintsOf(10, one, other)).isEqualTo(10);
    assertThat(inbox.logEntries()).hasSize(before + 20);
    session.close();
    time.advance(Duration.ofSeconds(6));
    assertThat(hintsOf(10, one, other)).isZero();
  }

  @Test
  void aNodeThatHasNotSaidForWhomItHasSessionsIsToldAll() {
    Restante one = inTurns();
    Inbox inbox = new Inbox();
    SlowBus slow = new SlowBus(bus);
    slow.holds = true;
    Restante other = node(slow);
    connect(other, BOB_PHONE, inbox);
    List<byte[]> said = slow.release();
    // Without what it says in its beats.
    bus.connect(new Deaf()).send(new Hostile(said.get(0)).nothing());
    int before = inbox.logEntries().size();
    hintsOf(10, one, other);
    assertThat(inbox.logEntries()).hasSize(before + 10);
  }

  @Test
  void whoIsNotHeardOverANewLinkYetIsToldAll() {
    Restante other = node(bus);
    Inbox inbox = new Inbox();
    SlowBus slow = new SlowBus(bus);
    Restante one = inTurns(slow);
    connect(other, BOB_PHONE, inbox);
    time.advance(HEARD);
    int before = inbox.logEntries().size();
    hintsOf(10, one, other);
    assertThat(inbox.logEntries()).hasSize(before + 10);
    slow.receiver.lost(new BusException("cut", null));
    time.advance(Duration.ofMillis(500));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    hintsOf(3, one, other);
    assertThat(inbox.logEntries()).hasSize(before + 13);
  }

  @Test
  void aBeatThatIsLostChangesNothing() {
    SlowBus slow = new SlowBus(bus);
    Restante other = node(slow);
    Restante one = inTurns();
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    time.advance(HEARD);
    slow.holds = true;
    time.advance(Duration.ofSeconds(9));
    assertThat(slow.release()).isNotEmpty();
    slow.holds = false;
    int before = inbox.logEntries().size();
    assertThat(hintsOf(10, one, other)).isEqualTo(10);
    assertThat(inbox.logEntries()).hasSize(before + 10);
  }

  /** What is written between the beginning of a session and the moment when others hear of it. */
  @Test
  void whatWasHeldBackBeforeASessionWasHeardOfIsTold() {
    SlowBus slow = new SlowBus(bus);
    Restante other = node(slow);
    Restante one = inTurns();
    time.advance(HEARD);
    assertThat(hintsOf(1, one, other)).isZero();
    slow.holds = true;
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    int before = inbox.logEntries().size();
    say(one, ALICE_PHONE, "meanwhile");
    assertThat(inbox.logEntries()).hasSize(before);
    slow.holds = false;
    slow.release().forEach(slow.link::send);
    time.settle();
    assertThat(inbox.logEntries()).hasSize(before + 1);
  }

  /** A bus on which what is said may take its time. */
  private static final class SlowBus implements NodeBus {
    private final NodeBus through;
    private final List<byte[]> held = new ArrayList<>();
    private boolean holds;
    private BusLink link = new Moody();
    private BusReceiver receiver = new Deaf();

    SlowBus(NodeBus through) {
      this.through = through;
    }

    List<byte[]> release() {
      List<byte[]> all = List.copyOf(held);
      held.clear();
      return all;
    }

    @Override
    public String description() {
      return "slow bus";
    }

    @Override
    public BusLink connect(BusReceiver to) {
      receiver = to;
      link = through.connect(to);
      return new BusLink() {
        @Override
        public int maxMessageBytes() {
          return link.maxMessageBytes();
        }

        @Override
        public void send(byte[] message) {
          if (holds) {
            held.add(message);
          } else {
            link.send(message);
          }
        }

        @Override
        public void close() {
          link.close();
        }
      };
    }
  }

  /** A message that two conflicts are in the way of: then batches are locked for a while. */
  private void meetOthers(Restante node, BadStorage store) {
    store.vagueConflicts.set(2);
    CompletionStage<Result<Acknowledgement>> sent =
        node.messages().submit(Draft.text(ALICE_PHONE, TALK, "late"));
    time.advance(Duration.ofSeconds(1));
    ok(sent);
  }

  /** How many hints one node has from another of so many messages. */
  private long hintsOf(int messages, Restante from, Restante to) {
    long before = to.counters().hintsReceived();
    for (int i = 0; i < messages; i++) {
      say(from, ALICE_PHONE, "m" + i);
    }
    return to.counters().hintsReceived() - before;
  }

  @Test
  void aHintOutlivesAReadThatFails() {
    BadStorage unsteady = new BadStorage(storage);
    Restante one = node(bus);
    Restante other = builder(unsteady).bus(bus).build();
    nodes.add(other);
    time.settle();
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    unsteady.unplugged = true;
    say(one, ALICE_PHONE, "hello");
    assertThat(inbox.texts()).isEmpty();
    unsteady.unplugged = false;
    time.advance(Duration.ofSeconds(5));
    assertThat(inbox.texts()).containsExactly("hello");
  }

  @Test
  void withoutABusItWaitsForThePoll() {
    Restante one = builder().build();
    Restante other = builder().build();
    nodes.addAll(List.of(one, other));
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    say(one, ALICE_PHONE, "hello");
    assertThat(inbox.texts()).isEmpty();
    time.advance(POLL.plusSeconds(1));
    assertThat(inbox.texts()).containsExactly("hello");
    assertThat(one.health().bus()).isEqualTo(Health.Bus.NONE);
  }

  /** A bus costs a node that is alone next to nothing, and the first that comes hears all. */
  @Test
  void aNodeThatIsAloneTellsNothingUntilSomebodyComes() {
    Restante one = node(bus);
    say(one, ALICE_PHONE, "somebody may be there");
    long sent = one.counters().hintsSent();
    assertThat(sent).isPositive();
    time.advance(Duration.ofSeconds(30));
    say(one, ALICE_PHONE, "nobody is there");
    time.advance(Duration.ofSeconds(30));
    assertThat(one.counters().hintsSent()).isEqualTo(sent);
    assertThat(one.counters().hintsDropped()).isZero();
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    Restante other = node(bus);
    Inbox inbox = new Inbox();
    connect(other, BOB_PHONE, inbox);
    time.advance(Duration.ofSeconds(30));
    say(one, ALICE_PHONE, "somebody is there");
    assertThat(inbox.texts()).contains("somebody is there");
    other.close(Duration.ZERO);
    time.advance(Duration.ofSeconds(30));
    sent = one.counters().hintsSent();
    say(one, ALICE_PHONE, "nobody is left");
    assertThat(one.counters().hintsSent()).isEqualTo(sent);
  }

  @Test
  @Tag("S10")
  void aDeviceThatConnectsElsewhereLosesItsSessionAtOnce() {
    Restante one = node(bus);
    Restante other = node(bus);
    DeviceSession session = connect(one, BOB_PHONE, new Inbox());
    connect(other, BOB_PHONE, new Inbox());
    assertThat(time.get(session.ended())).isEqualTo(End.REPLACED);
  }

  @Test
  @Tag("S10")
  void aDeviceThatIsRevokedElsewhereLosesItsSessionAtOnce() {
    Restante one = node(bus);
    Restante other = node(bus);
    DeviceSession session = connect(one, BOB_PHONE, new Inbox());
    ok(other.devices().revoke(BOB, BOB_PHONE));
    assertThat(time.get(session.ended())).isEqualTo(End.REVOKED);
  }

  @Test
  @Tag("M2")
  void nodesThatWriteInTurnDoNotMeet() {
    assertThat(conflictsInTurn(node(bus), node(bus))).isZero();
    assertThat(conflictsInTurn(node(LocalBus.create()), node(LocalBus.create()))).isPositive();
    for (DeviceId device : List.of(ALICE_PHONE, ALICE.device("tablet"), BOB_PHONE)) {
      ok(nodes.get(0).devices().register(device, "", ""));
    }
    assertThat(conflictsInTurn(node(bus), node(bus))).isZero();
    assertThat(conflictsInTurn(node(LocalBus.create()), node(LocalBus.create()))).isPositive();
  }

  private long conflictsInTurn(Restante one, Restante other) {
    say(one, ALICE_PHONE, "to begin with");
    say(other, BOB_PHONE, "to begin with");
    long before = one.counters().conflicts() + other.counters().conflicts();
    for (int i = 0; i < 50; i++) {
      say(one, ALICE_PHONE, "there");
      say(other, BOB_PHONE, "and back");
    }
    return one.counters().conflicts() + other.counters().conflicts() - before;
  }

  @Test
  @Tag("M2")
  @Tag("G1")
  void changesOfAGroupAreHeardOfToo() {
    Restante one = node(bus);
    Restante other = node(bus);
    ConversationId group = ConversationId.group("team");
    ok(one.conversations().create(ALICE, group, "team", Set.of(BOB)));
    ok(other.messages().submit(Draft.text(BOB_PHONE, group, "hi")));
    long before = other.counters().conflicts();
    ok(one.conversations().remove(ALICE, group, Set.of(BOB)));
    Result<Acknowledgement> answer =
        time.get(other.messages().submit(Draft.text(BOB_PHONE, group, "am I still here?")));
    assertThat(answer.whyRefused().orElseThrow().code()).isEqualTo(Refusal.Code.NOT_A_MEMBER);
    assertThat(other.counters().conflicts()).isEqualTo(before);
  }

  /**
   * While a user has no record of devices, only the head of his inbox tells that he has one now. A
   * head that was told must not get a message past that.
   */
  @Test
  @Tag("S10")
  void aHeadThatWasToldDoesNotHideThatADeviceWasShutOut() {
    Restante one = node(bus);
    Restante other = node(bus);
    ConversationId notes = ConversationId.between(ALICE, ALICE);
    for (int i = 0; i < 3; i++) {
      ok(one.messages().submit(Draft.text(ALICE_PHONE, notes, "a note")));
    }
    ok(other.devices().register(ALICE_PHONE, "", ""));
    ok(other.devices().revoke(ALICE, ALICE_PHONE));
    Result<Acknowledgement> answer =
        time.get(one.messages().submit(Draft.text(ALICE_PHONE, notes, "another")));
    assertThat(answer.whyRefused().orElseThrow().code()).isEqualTo(DEVICE_BARRED);
  }

  // ---- other stores -----------------------------------------------------------------------------

  /** Two installations on one channel: the names are the same, and mean other people. */
  @Test
  void nodesOnAnotherStoreAreNotListenedTo() {
    Restante one = node(bus);
    Restante foreign = builder().storage(MemoryStorage.create()).bus(bus).build();
    nodes.add(foreign);
    Inbox inbox = new Inbox();
    connect(one, BOB_PHONE, inbox);
    say(one, ALICE_PHONE, "here");
    time.advance(Duration.ofSeconds(30));
    long sent = one.counters().hintsSent();
    long read = one.counters().storeReads();
    for (int i = 1; i <= 20; i++) {
      say(foreign, ALICE_PHONE, "there " + i);
    }
    say(one, ALICE_PHONE, "here again");
    assertThat(inbox.texts()).containsExactly("here", "here again");
    assertThat(one.counters().hintsForeign()).isPositive();
    assertThat(one.counters().hintsReceived()).isZero();
    assertThat(one.counters().hintsUnreadable()).isZero();
    assertThat(one.counters().storeReads()).isEqualTo(read);
    assertThat(one.counters().hintsSent()).as("a foreigner is nobody to tell").isEqualTo(sent);
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
  }

  @Test
  void aNodeIsOnTheBusOnceItKnowsItsStore() {
    BadStorage late = new BadStorage(storage);
    late.unplugged = true;
    Moody moody = new Moody();
    Restante one = builder().storage(late).bus(moody).build();
    nodes.add(one);
    time.advance(Duration.ofMinutes(1));
    assertThat(moody.connects).isZero();
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    late.unplugged = false;
    // What makes the store known is written, and nobody knows whether it is.
    late.losesAnswer = true;
    time.advance(Duration.ofMinutes(1));
    assertThat(late.losesAnswer).isFalse();
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    assertThat(moody.connects).isEqualTo(1);
  }

  // ---- what is not so ---------------------------------------------------------------------------

  @Test
  void whatIsToldFalselyChangesNoAnswer() {
    Restante one = node(bus);
    Restante other = node(bus);
    Inbox inbox = new Inbox();
    connect(one, BOB_PHONE, inbox);
    Hostile hostile = hostile();
    BusLink liar = bus.connect(new Deaf());
    long seq = say(one, ALICE_PHONE, "first").seq();
    int said = 1;
    for (long lie : new long[] {1, seq, seq + 1, seq + 1_000, Hostile.MOST_HEAD}) {
      for (byte[] message : hostile.heads(TALK, List.of(ALICE, BOB), lie)) {
        for (Restante node : List.of(one, other)) {
          liar.send(message);
          assertThat(say(node, ALICE_PHONE, "m" + said).seq()).isEqualTo(++said);
          liar.send(message);
          assertThat(inbox.logEntries()).hasSize(said);
        }
      }
    }
    for (Restante node : List.of(one, other)) {
      assertThat(node.counters().lossEvents()).isZero();
      assertThat(node.counters().refused()).isZero();
      assertThat(node.counters().hintsUnreadable()).isZero();
    }
    assertThat(inbox.snapshots()).isEmpty();
  }

  /** A liar who is quicker than any answer keeps nobody from writing. */
  @Test
  void aFloodOfLiesKeepsNobodyFromWriting() {
    Restante one = node(new Flood(bus));
    Hostile hostile = hostile();
    BusLink liar = bus.connect(new Deaf());
    for (int i = 1; i <= 20; i++) {
      for (byte[] lie : hostile.heads(TALK, List.of(ALICE, BOB), 1_000_000)) {
        liar.send(lie);
      }
      assertThat(say(one, ALICE_PHONE, "m" + i).seq()).isEqualTo(i);
    }
    assertThat(one.counters().conflicts()).isLessThanOrEqualTo(20);
  }

  /** Gives everything a hundred times. */
  private record Flood(NodeBus bus) implements NodeBus {
    @Override
    public String description() {
      return bus.description();
    }

    @Override
    public BusLink connect(BusReceiver receiver) {
      return bus.connect(
          new BusReceiver() {
            @Override
            public void received(byte[] message) {
              for (int i = 0; i < 100; i++) {
                receiver.received(message);
              }
            }

            @Override
            public void lost(Throwable why) {
              receiver.lost(why);
            }
          });
    }
  }

  @Test
  void garbageIsCountedAndHarmsNothing() {
    Restante one = node(bus);
    BusLink liar = bus.connect(new Deaf());
    List<byte[]> garbage = hostile().garbage();
    garbage.forEach(liar::send);
    assertThat(one.counters().hintsUnreadable()).isEqualTo(garbage.size());
    assertThat(say(one, ALICE_PHONE, "all the same").seq()).isEqualTo(1);
  }

  @Test
  void whatALaterVersionAddsIsPassedOver() {
    Restante one = node(bus);
    Inbox inbox = new Inbox();
    connect(one, BOB_PHONE, inbox);
    Hostile hostile = hostile();
    // Written by a node that is not on this bus, so that only this message tells of it.
    Restante silent = node(LocalBus.create());
    long head = inbox.entries().size() + 2L;
    say(silent, ALICE_PHONE, "hello");
    BusLink later = bus.connect(new Deaf());
    later.send(hostile.withUnknownParts(BOB, head));
    time.settle();
    assertThat(inbox.texts()).containsExactly("hello");
    assertThat(one.counters().hintsUnreadable()).isZero();
  }

  /** Somebody who knows which store the nodes are on, since he has listened. */
  private Hostile hostile() {
    List<byte[]> heard = new ArrayList<>();
    try (BusLink link =
        bus.connect(
            new BusReceiver() {
              @Override
              public void received(byte[] message) {
                heard.add(message);
              }

              @Override
              public void lost(Throwable why) {}
            })) {
      time.advance(Duration.ofSeconds(10));
      assertThat(link.maxMessageBytes()).isPositive();
    }
    return new Hostile(heard.get(0));
  }

  private static final class Deaf implements BusReceiver {
    @Override
    public void received(byte[] message) {}

    @Override
    public void lost(Throwable why) {}
  }

  // ---- a bus that is away -----------------------------------------------------------------------

  /** A bus of which a test says how it is. */
  private static final class Moody implements NodeBus, BusLink {
    private boolean refuses;
    private boolean swallows;
    private boolean breaks;
    private int connects;
    private int closes;
    private Supplier<Integer> room = () -> BusLink.LEAST_MESSAGE_BYTES;
    private BusReceiver receiver = new Deaf();

    @Override
    public String description() {
      return "moody bus";
    }

    @Override
    public BusLink connect(BusReceiver to) {
      connects++;
      if (refuses) {
        throw new BusException("not now", null);
      }
      receiver = to;
      return this;
    }

    @Override
    public int maxMessageBytes() {
      return room.get();
    }

    @Override
    public void send(byte[] message) {
      assertThat(message.length).isBetween(1, maxMessageBytes());
      if (breaks) {
        throw new BusException("broken", null);
      }
      if (!swallows) {
        receiver.received(message);
      }
    }

    @Override
    public void close() {
      closes++;
    }
  }

  private static final class Events implements RestanteListener {
    private final List<Health.Bus> seen = new ArrayList<>();

    @Override
    public void healthChanged(Health health) {
      if (seen.isEmpty() || seen.get(seen.size() - 1) != health.bus()) {
        seen.add(health.bus());
      }
    }
  }

  @Test
  void aBusThatIsAwayIsTriedAgainWithPausesThatGrow() {
    Moody moody = new Moody();
    moody.refuses = true;
    Events events = new Events();
    Restante one = builder().bus(moody).listener(events).build();
    nodes.add(one);
    time.settle();
    assertThat(time.get(one.opened()).state()).isEqualTo(Health.State.UP);
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    assertThat(say(one, ALICE_PHONE, "all the same").seq()).isEqualTo(1);
    assertThat(one.counters().hintsDropped()).isEqualTo(3);
    time.advance(Duration.ofMinutes(1));
    assertThat(moody.connects).isBetween(12, 25);
    moody.refuses = false;
    time.advance(Duration.ofSeconds(10));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    assertThat(events.seen).containsExactly(Health.Bus.DOWN, Health.Bus.UP);
    assertThat(one.counters().busLosses()).isZero();
  }

  @Test
  void aBusThatBreaksIsConnectedAnew() {
    Moody moody = new Moody();
    Restante one = node(moody);
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    moody.breaks = true;
    say(one, ALICE_PHONE, "nobody is told");
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    assertThat(moody.closes).isEqualTo(1);
    assertThat(one.counters().hintsDropped()).isEqualTo(3);
    moody.breaks = false;
    time.advance(Duration.ofSeconds(1));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    assertThat(one.counters().busLosses()).isEqualTo(1);
    moody.receiver.lost(new BusException("says so itself", null));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    time.advance(Duration.ofSeconds(1));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    assertThat(one.counters().busLosses()).isEqualTo(2);
  }

  @Test
  void aBusThatSwallowsEverythingIsNoticedByWhatDoesNotComeBack() {
    Moody moody = new Moody();
    Restante one = node(moody);
    moody.swallows = true;
    time.advance(Duration.ofSeconds(10));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
    time.advance(Duration.ofSeconds(15));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    assertThat(moody.connects).isGreaterThan(1);
    moody.swallows = false;
    time.advance(Duration.ofSeconds(30));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.UP);
  }

  @Test
  void aBusWithoutRoomForAHintIsNotUsed() {
    Moody moody = new Moody();
    moody.room = () -> BusLink.LEAST_MESSAGE_BYTES - 1;
    Restante one = node(moody);
    time.advance(Duration.ofSeconds(10));
    assertThat(one.health().bus()).isEqualTo(Health.Bus.DOWN);
    assertThat(moody.closes).isEqualTo(moody.connects);
    assertThat(say(one, ALICE_PHONE, "all the same").seq()).isEqualTo(1);
  }

  @Test
  void aNodeThatIsClosedLeavesTheBus() {
    Moody moody = new Moody();
    Restante one = node(moody);
    one.close(Duration.ZERO);
    assertThat(moody.closes).isEqualTo(1);
    time.advance(Duration.ofMinutes(1));
    assertThat(moody.connects).isEqualTo(1);
    moody.receiver.received(new byte[] {1});
    moody.receiver.lost(new BusException("later", null));
    assertThat(moody.closes).isEqualTo(1);
  }
}
