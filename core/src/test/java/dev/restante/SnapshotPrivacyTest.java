package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A snapshot is read in several steps, and others act between them. */
final class SnapshotPrivacyTest {
  private static final DeviceId ALICE = UserId.of("alice").device("phone");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId GROUP = ConversationId.group("team");

  private final MemoryStorage storage = MemoryStorage.create();
  private final BadStorage slow = new BadStorage(storage);

  private static Restante node(Storage storage) {
    return Restante.builder()
        .storage(storage)
        .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
        .build();
  }

  private static <T> T ok(CompletionStage<Result<T>> stage) {
    return stage.toCompletableFuture().join().orThrow();
  }

  @Test
  @Tag("G1")
  @Tag("S4")
  void whoIsRemovedWhileItIsReadIsNotShownWhatCameAfter() {
    try (Restante other = node(storage);
        Restante node = node(slow)) {
      other.opened().toCompletableFuture().join();
      node.opened().toCompletableFuture().join();
      ok(other.devices().register(BOB.device("phone"), "", ""));
      ok(other.conversations().create(ALICE.user(), GROUP, "team", Set.of(BOB)));
      ok(other.messages().submit(Draft.text(ALICE, GROUP, "for Bob too")));
      slow.afterList =
          () -> {
            ok(other.conversations().remove(ALICE.user(), GROUP, Set.of(BOB)));
            ok(other.messages().submit(Draft.text(ALICE, GROUP, "not for Bob")));
            ok(other.conversations().setTitle(ALICE.user(), GROUP, "without Bob"));
          };

      Inbox inbox = new Inbox();
      node.sync().connect(BOB.device("tablet"), SyncPolicy.everything().withLatest(10), inbox);
      await().until(inbox::caughtUp);

      assertThat(slow.afterList).as("somebody acted").isNull();
      ConversationSummary summary = inbox.conversations().get(0);
      assertThat(summary.headSeq()).as("the removal").isEqualTo(3);
      assertThat(summary.latest()).extracting(LogEntry::seq).containsExactly(1L, 2L, 3L);
      assertThat(summary.title()).isEqualTo("team");
    }
  }
}
