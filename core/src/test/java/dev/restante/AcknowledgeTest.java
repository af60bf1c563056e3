package dev.restante;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Acknowledgements that wait for the store. */
@Tag("S2")
@Tag("O8")
class AcknowledgeTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final BadStorage storage = new BadStorage(MemoryStorage.create());
  private final Restante restante =
      Restante.builder()
          .storage(storage)
          .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
          .build();

  @SuppressWarnings("NullAway.Init") // set before each test
  private DeviceSession session;

  @SuppressWarnings("NullAway.Init") // set before each test
  private List<Cursor> cursors;

  @BeforeEach
  void deliverThreePages() {
    await().until(() -> restante.health().state() == Health.State.UP);
    for (String text : List.of("one", "two", "three")) {
      get(restante.messages().submit(Draft.text(ALICE.device("phone"), TALK, text))).orThrow();
    }
    Inbox inbox = new Inbox();
    session = connect(inbox);
    cursors =
        inbox.deliveries.stream()
            .filter(Delivery.Page.class::isInstance)
            .map(page -> ((Delivery.Page) page).cursor())
            .skip(1) // three messages, and that the device itself came
            .toList();
    assertThat(cursors).hasSize(3);
  }

  @AfterEach
  void stop() {
    storage.unplugged = false;
    storage.commits.drainPermits();
    storage.commits.release(1_000);
    restante.close();
  }

  private DeviceSession connect(Inbox inbox) {
    DeviceSession connected =
        restante
            .sync()
            .connect(BOB.device("phone"), SyncPolicy.everything().withPages(1, 1 << 20), inbox);
    await().until(inbox::caughtUp);
    return connected;
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(10, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void repeatingOneWhileTheStoreDoesNotAnswerWaitsOnce() {
    storage.commits.drainPermits();
    Set<CompletionStage<Result<Cursor>>> stages =
        Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < 10_000; i++) {
      stages.add(session.acknowledge(cursors.get(i % 3)));
    }
    assertThat(stages).hasSize(2);
    storage.commits.release(1_000);
    assertThat(stages.stream().map(stage -> get(stage).orThrow()))
        .containsExactlyInAnyOrder(cursors.get(0), cursors.get(2));
    session.close();
    Inbox again = new Inbox();
    connect(again);
    assertThat(again.entries()).isEmpty();
  }

  @Test
  void whileTheStoreIsAwayItWaitsAndIsWrittenThen() {
    storage.unplugged = true;
    CompletionStage<Result<Cursor>> first = session.acknowledge(cursors.get(1));
    await().until(() -> restante.health().state() == Health.State.DOWN);
    // AssertJ would compare the future that it makes of a stage.
    assertThat(session.acknowledge(cursors.get(1)) == first).isTrue();
    assertThat(first.toCompletableFuture()).isNotDone();
    storage.unplugged = false;
    assertThat(get(first).orThrow()).isEqualTo(cursors.get(1));
  }
}
