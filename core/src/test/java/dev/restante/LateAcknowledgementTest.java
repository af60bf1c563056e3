package dev.restante;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery.Snapshot.Reason;
import dev.restante.api.sync.DeviceSession;
import dev.restante.api.sync.SyncPolicy;
import dev.restante.storage.Durability;
import dev.restante.storage.Storage;
import dev.restante.storage.memory.MemoryStorage;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * An acknowledgement reaches the store when the device has a session elsewhere already, which began
 * where the store knew it to be. What was acknowledged is removed under that session.
 */
@Tag("S2")
class LateAcknowledgementTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final DeviceId PHONE = BOB.device("phone");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final SyncPolicy SMALL = SyncPolicy.everything().withPages(2, 64 * 1024);

  private final ManualTime time = new ManualTime();
  private final MemoryStorage storage = MemoryStorage.create();
  private final BadStorage behind = new BadStorage(storage);
  private final Restante late = node(behind);
  private final Restante other = node(storage);
  private @Nullable Cursor first;

  private Restante node(Storage where) {
    Restante node =
        Restante.builder()
            .storage(where)
            .options(RestanteOptions.builder().minimumDurability(Durability.VOLATILE).build())
            .resources(time.resources())
            .build();
    time.settle();
    return node;
  }

  /** Ten messages, all acknowledged to a node that cannot write it down. */
  @BeforeEach
  void acknowledge() {
    for (int i = 0; i < 10; i++) {
      say("m" + i);
    }
    Inbox inbox = new Inbox();
    DeviceSession session = late.sync().connect(PHONE, SMALL, inbox);
    time.advance(Duration.ofSeconds(1));
    assertThat(inbox.texts()).hasSize(10);
    first = inbox.pages().get(0).cursor();
    behind.unplugged = true;
    session.acknowledge(inbox.lastCursor());
    session.close();
    time.advance(Duration.ofSeconds(1));
  }

  @AfterEach
  void stop() {
    late.close(Duration.ZERO);
    other.close(Duration.ZERO);
  }

  private void say(String text) {
    CompletionStage<Result<Acknowledgement>> said =
        other.messages().submit(Draft.text(ALICE.device("pc"), TALK, text));
    time.get(said).orThrow();
  }

  /** One page is brought; then what was acknowledged arrives, and is removed. */
  private Inbox begin(SyncPolicy policy, String... brought) {
    Inbox inbox = new Inbox(1);
    other.sync().connect(PHONE, policy, inbox);
    time.advance(Duration.ofSeconds(1));
    assertThat(inbox.texts()).containsExactly(brought);
    behind.unplugged = false;
    time.advance(Duration.ofSeconds(60));
    assertThat(late.counters().trimmedRows()).isPositive();
    say("new");
    requireNonNull(inbox.subscription).request(Long.MAX_VALUE);
    time.advance(Duration.ofSeconds(5));
    return inbox;
  }

  @Test
  void goesOnBehindWhatTheDeviceHad() {
    Inbox inbox = begin(SMALL, "m0", "m1");
    assertThat(inbox.snapshots()).isEmpty();
    assertThat(inbox.texts()).doesNotHaveDuplicates().endsWith("new");
    assertThat(inbox.caughtUp()).isTrue();
  }

  /** It may have lost what came after that. */
  @Test
  void isToldOfAGapIfTheDeviceSaidItselfWhereItStands() {
    Inbox inbox = begin(SMALL.resumeAt(requireNonNull(first)), "m2", "m3");
    assertThat(inbox.snapshot().orElseThrow().reason()).isEqualTo(Reason.TOO_LONG);
  }
}
