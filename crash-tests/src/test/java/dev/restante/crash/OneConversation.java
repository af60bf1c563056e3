package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.Restante;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.UserId;
import dev.restante.api.message.HistoryPage;
import dev.restante.api.message.HistoryQuery;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Everything at once into one conversation, by those who have no session. What is refused is sent
 * again under the same id, and now and then what was not.
 */
final class OneConversation implements BurstNode.Burst {
  private static final UserId ALICE = UserId.of("alice");
  private static final UserId BOB = UserId.of("bob");
  private static final ConversationId TALK = ConversationId.between(ALICE, BOB);
  private static final int SHARE = BurstNode.MESSAGES / BurstNode.CROWDS;

  /** Every so many a client does not wait for the answer before it sends it again. */
  private static final int IMPATIENCE = 50;

  private final Restante node;
  private final BurstMessages messages = new BurstMessages();

  OneConversation(Restante node) {
    this.node = node;
  }

  @Override
  public void send(int crowd, Runnable sample) {
    DeviceId device = (crowd % 2 == 0 ? ALICE : BOB).device("phone");
    List<Integer> left = new ArrayList<>();
    for (int i = crowd * SHARE; i < (crowd + 1) * SHARE; i++) {
      left.add(i);
      if (i % IMPATIENCE == 0) {
        left.add(i);
      }
    }
    while (!left.isEmpty()) {
      CountDownLatch done = new CountDownLatch(left.size());
      for (int i : left) {
        Draft draft = BurstMessages.draft(device, TALK, i);
        messages.note(i, node.messages().submit(draft), done);
        if (i % 100 == 0) {
          sample.run();
        }
      }
      messages.await(done);
      left.removeIf(i -> messages.seq(i) > 0);
    }
  }

  @Override
  public void check() {
    BitSet read = new BitSet();
    long seq = 0;
    HistoryQuery all = HistoryQuery.after(TALK, 0, HistoryQuery.MAX_LIMIT);
    for (Optional<HistoryQuery> next = Optional.of(all); next.isPresent(); ) {
      HistoryPage page = World.get(node.messages().history(ALICE, next.get())).orThrow();
      for (LogEntry entry : page.entries()) {
        assertThat(entry.seq()).isEqualTo(++seq);
        int index = BurstMessages.indexOf((Message) entry);
        assertThat(read.get(index)).as("message %d was stored before", index).isFalse();
        assertThat(messages.seq(index)).as("the number acknowledged").isEqualTo(seq);
        read.set(index);
      }
      next = page.next();
    }
    assertThat(seq).isEqualTo(BurstNode.MESSAGES);
    assertThat(read.cardinality()).isEqualTo(BurstNode.MESSAGES);
    assertThat(node.counters().repeats()).isPositive();
  }

  @Override
  public long overloaded() {
    return messages.overloaded.sum();
  }
}
