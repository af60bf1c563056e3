package dev.restante;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A device that is revoked and registered again while a node has not heard of it yet. */
@Tag("S10")
class RegisteredAnewTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId PHONE = BOB.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);

  private final ManualTime time = new ManualTime();
  private final MemoryStorage storage = MemoryStorage.create();
  private final Restante late = node();
  private final Restante other = node();

  private Restante node() {
    Restante node =
        Restante.builder()
            .storage(storage)
            .options(
                RestanteOptions.builder()
                    .minimumDurability(Durability.VOLATILE)
                    .pollInterval(Duration.ofMinutes(1))
                    .build())
            .resources(time.resources())
            .build();
    time.settle();
    return node;
  }

  @AfterEach
  void stop() {
    late.close(Duration.ZERO);
    other.close(Duration.ZERO);
  }

  private <T> T ok(CompletionStage<Result<T>> stage) {
    return time.get(stage).orThrow();
  }

  /** What it acknowledged under its old registration does not make up for the snapshot. */
  @Test
  void beginsWithASnapshotWhateverItsOldSessionAcknowledges() {
    ok(other.devices().register(BOB.device("tablet"), "", ""));
    Inbox before = new Inbox();
    DeviceSession old = late.sync().connect(PHONE, SyncPolicy.everything(), before);
    time.advance(Duration.ofSeconds(1));
    ok(other.devices().revoke(BOB, PHONE));
    time.advance(Duration.ofSeconds(1));
    ok(other.devices().register(PHONE, "", ""));
    for (int i = 0; i < 3; i++) {
      ok(late.messages().submit(Draft.text(ALICE.device("pc"), TALK, "m" + i)));
    }
    assertThat(before.texts()).hasSize(3);
    ok(old.acknowledge(before.lastCursor()));

    Inbox after = new Inbox();
    other.sync().connect(PHONE, SyncPolicy.everything(), after);
    time.advance(Duration.ofSeconds(1));
    assertThat(after.snapshot().orElseThrow().reason()).isEqualTo(Reason.NEW_DEVICE);
  }
}
