package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.Draft;
import dev.restante.api.UserId;
import dev.restante.api.wire.WireCodec;
import dev.restante.storage.Commit;
import dev.restante.storage.Guard;
import dev.restante.storage.LogRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a plan asks the store to check. */
class PlanTest {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");

  private final LogState log = new LogState(ConversationId.between(ALICE, BOB));
  private final InboxState alice = new InboxState(ALICE);
  private final InboxState bob = new InboxState(BOB);

  private Batch batch(int messages) {
    log.setMembers(new InboxState[] {alice, bob});
    alice.devices = Directory.NONE;
    Batch batch = new Batch(1, 1);
    Batch.Home home = new Batch.Home(log, batch.slotOf(log));
    home.memberSlots[0] = batch.slotOf(alice);
    home.memberSlots[1] = batch.slotOf(bob);
    batch.homes.add(home);
    for (int i = 0; i < messages; i++) {
      Draft draft = Draft.text(ALICE.device("phone"), log.conversation, "id" + i, "hello");
      byte[] payload = WireCodec.encodeForLog(draft);
      MessageWork work =
          new MessageWork(log, alice, draft, payload, 1, true, Duration.ofDays(1), null);
      home.add(new Batch.Taken(work, new int[0], alice.devices, 1));
      batch.works++;
    }
    return batch;
  }

  /** The heads that the lock shows do not tell that a device was registered and revoked since. */
  @Test
  @Tag("S10")
  void lockedHeadsStandForNobodysDevices() {
    Guard none = new Guard(Keys.devices(ALICE), 0);
    assertThat(Plan.atLockedHeads(batch(3), 5, Map.of(), 3).commit(0, false).guards())
        .containsExactly(none);
    assertThat(Plan.atKnownHeads(batch(3), 5).commit(0, false).guards()).isEqualTo(List.of());
  }

  /** What is planned again and again since others came first is over sooner with fewer works. */
  @Test
  @Tag("O6")
  void ofABatchTheFirstWorksArePlanned() {
    Plan plan = Plan.atLockedHeads(batch(3), 5, Map.of(), 2);
    assertThat(plan.results.subList(0, 2)).doesNotContainNull();
    assertThat(plan.results.get(2)).isNull();
    Commit commit = plan.commit(0, false);
    assertThat(commit.logs().get(0).rows()).extracting(LogRow::seq).containsExactly(1L, 2L);
    assertThat(commit.dedups()).hasSize(2);
  }
}
