package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.restante.HostDatabase.Settling;
import dev.restante.HostDatabase.Transaction;
import dev.restante.StoreCalls.Kind;
import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.InvalidValueException;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Refusal;
import dev.restante.api.Refusal.Code;
import dev.restante.api.RefusedException;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.message.DeadLetter;
import dev.restante.api.message.Enqueued;
import dev.restante.api.message.HistoryQuery;
import dev.restante.storage.Durability;
import dev.restante.storage.EnqueuedDraft;
import dev.restante.storage.Storage;
import dev.restante.storage.Store;
import dev.restante.storage.StoreContext;
import dev.restante.storage.StoreException;
import dev.restante.storage.memory.MemoryStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What transactions enqueue becomes messages: once, in order, whatever breaks. */
class RelayTest {
  private static final UserId ANN = UserId.of("ann");
  private static final UserId BOB = UserId.of("bob");
  private static final UserId CAT = UserId.of("cat");
  private static final ConversationId PAIR = ConversationId.between(ANN, BOB);
  private static final ConversationId OTHER = ConversationId.between(ANN, CAT);
  private static final ConversationId CREW = ConversationId.group("crew");
  private static final RestanteOptions OPTIONS =
      RestanteOptions.builder().minimumDurability(Durability.VOLATILE).maxBodyBytes(1000).build();

  private final ManualTime time = new ManualTime();
  private final HostDatabase host = new HostDatabase();
  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final TransactionalEnqueue<Transaction> enqueue =
      TransactionalEnqueue.into(host, OPTIONS);
  private final List<Refusal> told = new ArrayList<>();

  private Restante node() {
    return node(storage, time.resources(), OPTIONS);
  }

  private Restante node(Storage on, Resources resources, RestanteOptions options) {
    Restante node =
        Restante.builder()
            .storage(on)
            .options(options)
            .resources(resources)
            .relayFrom(host)
            .listener(
                new RestanteListener() {
                  @Override
                  public void enqueuedRefused(@Nullable Draft draft, Refusal why) {
                    told.add(why);
                  }
                })
            .build();
    time.settle();
    return node;
  }

  private static Draft draft(ConversationId to, String text) {
    return Draft.text(ANN.device("shop"), to, text, text);
  }

  private void committed(ConversationId to, String... texts) {
    Transaction transaction = host.begin();
    for (String text : texts) {
      enqueue.enqueue(transaction, draft(to, text));
    }
    transaction.commit();
  }

  private List<String> texts(Restante node, ConversationId conversation) {
    List<LogEntry> entries =
        new ArrayList<>(
            time.get(node.messages().history(ANN, HistoryQuery.after(conversation, 0, 1000)))
                .orThrow()
                .entries());
    return entries.stream()
        .filter(Message.class::isInstance)
        .map(entry -> ((Message) entry).body().asText())
        .toList();
  }

  private static List<String> numbered(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  // ---- enqueueing ------------------------------------------------------------------------------

  @Test
  void enqueuedIsNoAcknowledgementButNamesTheMessage() {
    Enqueued enqueued = enqueue.enqueue(host.begin(), draft(PAIR, "x"));
    assertThat(enqueued).isEqualTo(new Enqueued(ANN, PAIR, "x"));
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeTheTransactionCanBeCommitted() {
    Transaction transaction = host.begin();
    enqueue.enqueue(transaction, draft(PAIR, "x".repeat(200)));
    Draft large =
        Draft.of(ANN.device("d"), PAIR, "large", MessageKind.TEXT, Payload.text("x".repeat(1001)));
    assertThatThrownBy(() -> enqueue.enqueue(transaction, large))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().code()).isEqualTo(Code.TOO_LARGE))
        .hasMessageContaining("1001")
        .hasMessageContaining("1000");
    transaction.commit();
    assertThat(host.waiting()).isEqualTo(1);
  }

  @Test
  void aNodeWithoutASourceHasNoRelay() {
    try (Restante node =
        Restante.builder().storage(storage).options(OPTIONS).resources(time.resources()).build()) {
      assertThatThrownBy(node::relay)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("relayFrom");
    }
  }

  // ---- submitting ------------------------------------------------------------------------------

  @Test
  void whatIsCommittedIsSubmittedAndWhatIsNotIsNot() {
    Restante node = node();
    enqueue.enqueue(host.begin(), draft(PAIR, "rolled back"));
    committed(PAIR, "a", "b");
    time.advance(OPTIONS.pollInterval());
    assertThat(texts(node, PAIR)).containsExactly("a", "b");
    assertThat(host.waiting()).isZero();
    assertThat(node.counters().relayed()).isEqualTo(2);
    assertThat(node.counters().accepted()).isEqualTo(2);
  }

  @Test
  void aHintIsHeardAtOnce() {
    Restante node = node();
    time.advance(Duration.ofMinutes(1));
    committed(PAIR, "a");
    time.settle();
    assertThat(host.waiting()).isEqualTo(1);
    node.relay().hint();
    time.settle();
    assertThat(texts(node, PAIR)).containsExactly("a");
  }

  @Test
  void aHintDuringARoundIsNotLost() {
    ByHand hand = new ByHand();
    Restante node = node(storage, hand.resources(), OPTIONS);
    hand.settleAll();
    hand.pass(Duration.ZERO);
    assertThat(hand.waiting(Kind.HOUSEKEEPING)).isEqualTo(1);
    node.relay().hint();
    hand.run(Kind.HOUSEKEEPING); // the round finds nothing
    assertThat(host.takes).isEqualTo(1);
    hand.pass(Duration.ZERO); // and the next one begins at once
    hand.run(Kind.HOUSEKEEPING);
    assertThat(host.takes).isEqualTo(2);
    hand.pass(Duration.ZERO); // nobody is in a hurry any more
    assertThat(hand.waiting(Kind.HOUSEKEEPING)).isZero();
  }

  @Test
  void aPollOfNothingIsRareAndSoonWhileSomethingComes() {
    node();
    time.advance(Duration.ofMinutes(1));
    int before = host.takes;
    time.advance(Duration.ofMinutes(1));
    assertThat(host.takes - before).isBetween(59, 61);
    committed(PAIR, "a");
    time.advance(OPTIONS.pollInterval());
    committed(PAIR, "b");
    time.advance(OPTIONS.pollInterval().dividedBy(2));
    assertThat(host.waiting()).isZero();
  }

  @Test
  void aTransactionOpenForLongHoldsUpNobodyAndIsNotPassedBy() {
    Restante node = node();
    Transaction longOne = host.begin();
    enqueue.enqueue(longOne, draft(PAIR, "long1"));
    for (int minute = 0; minute < 30; minute++) {
      committed(PAIR, "short" + minute);
      time.advance(Duration.ofMinutes(1));
      assertThat(host.waiting()).isZero();
    }
    enqueue.enqueue(longOne, draft(PAIR, "long2"));
    longOne.commit();
    time.advance(OPTIONS.pollInterval());
    List<String> expected = new ArrayList<>(numbered("short", 30));
    expected.addAll(List.of("long1", "long2"));
    assertThat(texts(node, PAIR)).containsExactlyElementsOf(expected);
  }

  @Test
  void moreThanARoundTakesComesInOrder() {
    Restante node = node();
    committed(PAIR, numbered("a", 700).toArray(String[]::new));
    committed(OTHER, numbered("b", 700).toArray(String[]::new));
    node.relay().hint();
    time.settle();
    assertThat(texts(node, PAIR)).containsExactlyElementsOf(numbered("a", 700));
    assertThat(texts(node, OTHER)).containsExactlyElementsOf(numbered("b", 700));
    assertThat(host.waiting()).isZero();
  }

  // ---- what breaks -----------------------------------------------------------------------------

  @Test
  void aRelayThatDiesBetweenSubmitAndRemovalRepeatsNothing() {
    host.settling = Settling.FAILS;
    Restante first = node();
    committed(PAIR, "a", "b");
    time.advance(OPTIONS.pollInterval());
    assertThat(first.counters().accepted()).isEqualTo(2);
    assertThat(host.waiting()).isEqualTo(2);
    time.advance(Duration.ofMinutes(1));
    assertThat(first.counters().relayFailures()).isBetween(10L, 20L);
    first.close(Duration.ZERO);
    host.settling = Settling.WORKS;
    Restante second = node(storage, time.resources(), OPTIONS);
    committed(PAIR, "c");
    time.advance(Duration.ofSeconds(11));
    assertThat(texts(second, PAIR)).containsExactly("a", "b", "c");
    assertThat(second.counters().repeats()).isEqualTo(2);
    assertThat(host.waiting()).isZero();
  }

  @Test
  void aRemovalOfWhichTheOutcomeIsNotKnownDoesNoHarm() {
    host.settling = Settling.WORKS_AND_SAYS_NOT;
    Restante node = node();
    committed(PAIR, "a");
    time.advance(OPTIONS.pollInterval());
    host.settling = Settling.WORKS;
    committed(PAIR, "b");
    time.advance(Duration.ofSeconds(11));
    assertThat(texts(node, PAIR)).containsExactly("a", "b");
    assertThat(node.counters().relayFailures()).isEqualTo(1);
  }

  @Test
  void aStoreThatIsDownCostsNeitherRowsNorOrder() {
    Restante node = node();
    storage.unplugged = true;
    for (int i = 0; i < 20; i++) {
      committed(PAIR, "a" + i);
      committed(OTHER, "b" + i);
      time.advance(Duration.ofSeconds(2));
    }
    assertThat(host.waiting()).isEqualTo(40);
    storage.unplugged = false;
    time.advance(Duration.ofSeconds(30));
    assertThat(texts(node, PAIR)).containsExactlyElementsOf(numbered("a", 20));
    assertThat(texts(node, OTHER)).containsExactlyElementsOf(numbered("b", 20));
    assertThat(host.waiting()).isZero();
    assertThat(told).isEmpty();
  }

  @Test
  void aLostAnswerOfTheStoreCostsNothing() {
    Restante node = node();
    for (int i = 0; i < 10; i++) {
      storage.losesAnswer = true;
      committed(PAIR, "a" + 2 * i, "a" + (2 * i + 1));
      time.advance(Duration.ofSeconds(20));
    }
    assertThat(texts(node, PAIR)).containsExactlyElementsOf(numbered("a", 20));
  }

  @Test
  void aDatabaseThatIsDownIsTriedWithPausesWhateverTheHints() {
    host.unplugged = true;
    Restante node = node();
    time.advance(Duration.ofMinutes(1));
    assertThat(node.counters().relayFailures()).isBetween(10L, 20L);
    host.unplugged = false;
    time.advance(Duration.ofSeconds(10));
    host.unplugged = true;
    time.advance(Duration.ofMinutes(1));
    int before = host.takes;
    for (int i = 0; i < 1000; i++) {
      node.relay().hint();
      time.settle();
    }
    assertThat(host.takes).isEqualTo(before);
    assertThat(time.get(node.relay().deadLetters(0, 10)).whyRefused().orElseThrow().code())
        .isEqualTo(Code.UNAVAILABLE);
    host.unplugged = false;
    committed(PAIR, "a");
    time.advance(Duration.ofSeconds(10));
    assertThat(texts(node, PAIR)).containsExactly("a");
  }

  /** A store in which one conversation can never be read. */
  private Storage brokenFor(ConversationId broken) {
    return new Storage() {
      @Override
      public String description() {
        return "broken for one";
      }

      @Override
      public Store open(StoreContext context) {
        Store inner = storage.open(context);
        return (Store)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Store.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("heads")
                      && arguments[0].toString().contains(broken.key())) {
                    throw new StoreException(StoreException.Effect.FAULT, "broken", null);
                  }
                  try {
                    return method.invoke(inner, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
      }
    };
  }

  @Test
  void aConversationThatNeverWorksHoldsUpNoOther() {
    Restante node = node(brokenFor(PAIR), time.resources(), OPTIONS);
    committed(PAIR, numbered("broken", 1200).toArray(String[]::new));
    committed(OTHER, numbered("fine", 600).toArray(String[]::new));
    time.advance(Duration.ofMinutes(1));
    assertThat(texts(node, OTHER)).containsExactlyElementsOf(numbered("fine", 600));
    assertThat(host.waiting()).isEqualTo(1200);
    assertThat(node.counters().deadLetters()).isZero();
    committed(OTHER, "late");
    time.advance(OPTIONS.pollInterval().multipliedBy(2));
    assertThat(texts(node, OTHER)).endsWith("late");
    node.close(Duration.ZERO);
    Restante mended = node();
    time.advance(Duration.ofMinutes(1));
    assertThat(host.waiting()).isZero();
    assertThat(texts(mended, PAIR)).containsExactlyElementsOf(numbered("broken", 1000));
  }

  @Test
  void aQueueThatIsFullIsWaitedForAndOrderHolds() {
    RestanteOptions small = OPTIONS.toBuilder().maxQueuedMessages(3).build();
    Restante node = node(storage, time.resources(), small);
    committed(PAIR, numbered("a", 20).toArray(String[]::new));
    committed(OTHER, numbered("b", 20).toArray(String[]::new));
    time.advance(Duration.ofMinutes(5));
    assertThat(texts(node, PAIR)).containsExactlyElementsOf(numbered("a", 20));
    assertThat(texts(node, OTHER)).containsExactlyElementsOf(numbered("b", 20));
    assertThat(node.counters().overloads()).isPositive();
  }

  @Test
  void aSourceThatNeverAnswersIsGivenUpAndTriedAgain() {
    ByHand hand = new ByHand();
    Restante node = node(storage, hand.resources(), OPTIONS);
    hand.settleAll();
    hand.pass(Duration.ZERO);
    assertThat(hand.waiting(Kind.HOUSEKEEPING)).isEqualTo(1);
    hand.pass(OPTIONS.storeCallTimeout().multipliedBy(2));
    assertThat(node.counters().relayFailures()).isEqualTo(1);
    committed(PAIR, "a");
    hand.pass(Duration.ofSeconds(1));
    assertThat(hand.waiting(Kind.HOUSEKEEPING)).isEqualTo(2);
    for (int i = 0; i < 5; i++) {
      hand.settleAll();
      hand.pass(Duration.ofSeconds(11));
    }
    assertThat(host.waiting()).isZero();
    assertThat(node.counters().accepted()).isEqualTo(1);
  }

  // ---- several relays --------------------------------------------------------------------------

  @Test
  void twoRelaysDoEachOthersWorkAndNoneOfItTwice() {
    Restante one = node();
    Restante two = node(storage, new Shifted(time).resources(), OPTIONS);
    for (int i = 0; i < 50; i++) {
      committed(PAIR, "a" + 2 * i, "a" + (2 * i + 1));
      (i % 2 == 0 ? one : two).relay().hint();
      time.settle();
      assertThat(host.waiting()).isZero();
    }
    assertThat(texts(one, PAIR)).containsExactlyElementsOf(numbered("a", 100));
    assertThat(one.counters().accepted()).isEqualTo(50);
    assertThat(two.counters().accepted()).isEqualTo(50);
    assertThat(one.counters().repeats() + two.counters().repeats()).isZero();
  }

  @Test
  void aTurnThatNobodyHearsOfAnyMoreEnds() {
    ByHand hand = new ByHand();
    hand.stepClock(Duration.between(hand.now(), time.now()));
    node(storage, hand.resources(), OPTIONS);
    committed(PAIR, "a");
    hand.settleAll();
    hand.pass(Duration.ZERO);
    hand.run(Kind.HOUSEKEEPING); // it took the row, and nothing else of it ever happens
    Restante other = node(storage, new Shifted(time).resources(), OPTIONS);
    time.advance(Duration.ofSeconds(9));
    assertThat(host.waiting()).isEqualTo(1);
    time.advance(Duration.ofSeconds(3));
    assertThat(texts(other, PAIR)).containsExactly("a");
    assertThat(host.waiting()).isZero();
    hand.settleAll();
    hand.pass(Duration.ZERO);
    hand.settleAll();
    assertThat(texts(other, PAIR)).containsExactly("a");
  }

  /** Resources of a second node: the same time, other dice. */
  private record Shifted(ManualTime time) {
    Resources resources() {
      Resources same = time.resources();
      return new Resources(
          same.clock(),
          same.nanoTime(),
          same.timers(),
          same.storeCalls(),
          same.callbacks(),
          new java.util.Random(2));
    }
  }

  // ---- dead letters ----------------------------------------------------------------------------

  @Test
  void whatIsRefusedForGoodIsADeadLetterAndStopsNothing() {
    Restante node = node();
    Acknowledgement created = ok(node.conversations().create(BOB, CREW, "crew", Set.of(BOB, CAT)));
    assertThat(created.seq()).isEqualTo(1);
    committed(CREW, "stranger");
    committed(PAIR, "fine");
    time.advance(OPTIONS.pollInterval());
    assertThat(texts(node, PAIR)).containsExactly("fine");
    assertThat(host.waiting()).isZero();
    assertThat(node.counters().deadLetters()).isEqualTo(1);
    assertThat(told).extracting(Refusal::code).containsExactly(Code.NOT_A_MEMBER);
    List<DeadLetter> letters = ok(node.relay().deadLetters(0, 10));
    assertThat(letters).hasSize(1);
    DeadLetter letter = letters.get(0);
    assertThat(letter.draft()).isEqualTo(draft(CREW, "stranger"));
    assertThat(letter.why().code()).isEqualTo(Code.NOT_A_MEMBER);
    assertThat(letter.refusedAt()).isBeforeOrEqualTo(time.now());
    assertThat(ok(node.relay().deadLetters(letter.id(), 10))).isEmpty();

    ok(node.conversations().add(BOB, CREW, Set.of(ANN)));
    assertThat(ok(node.relay().retry(letter.id()))).isTrue();
    time.settle();
    assertThat(ok(node.relay().retry(letter.id()))).isFalse();
    assertThat(texts(node, CREW)).containsExactly("stranger");
    assertThat(ok(node.relay().deadLetters(0, 10))).isEmpty();
  }

  @Test
  void deadLettersCanBeDiscardedAndLimitsAreChecked() {
    Restante node = node();
    committed(CREW, "nowhere1", "nowhere2");
    time.advance(OPTIONS.pollInterval());
    assertThat(told).extracting(Refusal::code).containsExactly(Code.NOT_FOUND, Code.NOT_FOUND);
    List<DeadLetter> letters = ok(node.relay().deadLetters(0, 1));
    assertThat(letters).hasSize(1);
    assertThat(ok(node.relay().discard(letters.get(0).id()))).isTrue();
    assertThat(ok(node.relay().discard(letters.get(0).id()))).isFalse();
    assertThat(ok(node.relay().deadLetters(0, 1000))).hasSize(1);
    for (int limit : new int[] {0, 1001}) {
      assertThatThrownBy(() -> node.relay().deadLetters(0, limit))
          .isInstanceOf(InvalidValueException.class)
          .hasMessageContaining("1000");
    }
  }

  @Test
  void whatNoNodeCanReadIsADeadLetterWithoutADraft() {
    Restante node = node();
    Transaction transaction = host.begin();
    host.enqueue(transaction, new EnqueuedDraft("t", 1, 2, new byte[] {(byte) 0xff, 1, 2}));
    host.enqueue(transaction, new EnqueuedDraft("t", 1, 2, new byte[0]));
    transaction.commit();
    committed(PAIR, "a");
    time.advance(OPTIONS.pollInterval());
    assertThat(texts(node, PAIR)).containsExactly("a");
    assertThat(ok(node.relay().deadLetters(0, 10)))
        .hasSize(2)
        .allSatisfy(
            letter -> {
              assertThat(letter.draft()).isNull();
              assertThat(letter.why().code()).isEqualTo(Code.NOT_STORABLE);
            });
  }

  @Test
  void aLimitThatWasLoweredSinceMakesADeadLetter() {
    committed(PAIR, "x".repeat(200));
    Restante node = node(storage, time.resources(), OPTIONS.toBuilder().maxBodyBytes(100).build());
    committed(PAIR, "a");
    time.advance(OPTIONS.pollInterval());
    assertThat(told).extracting(Refusal::code).containsExactly(Code.TOO_LARGE);
    assertThat(told.get(0).detail()).contains("200").contains("100");
    assertThat(texts(node, PAIR)).containsExactly("a");
  }

  // ---- closing ---------------------------------------------------------------------------------

  @Test
  void whoeverClosesEndsHisTurnAndTakesNothingMore() {
    Restante node = node();
    committed(PAIR, "a");
    time.advance(OPTIONS.pollInterval());
    node.close(Duration.ZERO);
    assertThat(host.opened).isZero();
    int takes = host.takes;
    committed(PAIR, "b");
    node.relay().hint();
    time.advance(Duration.ofMinutes(1));
    assertThat(host.takes).isEqualTo(takes);
    assertThat(time.get(node.relay().retry(1)).whyRefused().orElseThrow().code())
        .isEqualTo(Code.CLOSED);
  }

  @Test
  void whatWasAskedIsAnsweredThoughTheSourceNeverDoes() {
    ByHand hand = new ByHand();
    Restante node = node(storage, hand.resources(), OPTIONS);
    hand.settleAll();
    var list = node.relay().deadLetters(0, 1).toCompletableFuture();
    node.close(Duration.ZERO);
    assertThat(list).isDone();
    assertThat(list.join().whyRefused().orElseThrow().code()).isEqualTo(Code.UNAVAILABLE);
  }

  @Test
  void requestsThatWaitAreBounded() {
    ByHand hand = new ByHand();
    Restante node = node(storage, hand.resources(), OPTIONS.toBuilder().maxQueuedReads(2).build());
    hand.settleAll();
    var first = node.relay().retry(1).toCompletableFuture();
    var second = node.relay().discard(1).toCompletableFuture();
    var third = node.relay().deadLetters(0, 1).toCompletableFuture();
    assertThat(third.join().whyRefused().orElseThrow().code()).isEqualTo(Code.OVERLOADED);
    hand.settleAll();
    assertThat(first.join().orThrow()).isFalse();
    assertThat(second.join().orThrow()).isFalse();
    assertThat(node.relay().deadLetters(0, 1).toCompletableFuture()).isNotDone();
  }
}
