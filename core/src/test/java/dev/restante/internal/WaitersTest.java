package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.Result;
import dev.restante.api.UserId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("M13")
class WaitersTest {
  private final Waiters waiters = new Waiters();
  private final Streams streams = new Streams(100);
  private final LogState first = home("ann", "bob");
  private final LogState second = home("cat", "dan");

  private LogState home(String one, String other) {
    LogState home = streams.log(ConversationId.between(UserId.of(one), UserId.of(other)));
    home.setMembers(
        home.conversation.pair().stream().map(streams::inbox).toArray(InboxState[]::new));
    home.queue.add(
        new Work<Void>(home, List.of(), 1) {
          @Override
          @Nullable Result<Void> plan(Plan plan, Batch.Home where, Batch.Taken taken) {
            return null;
          }

          @Override
          int ownRows() {
            return 1;
          }
        });
    return home;
  }

  private void block(LogState home, int times) {
    for (int i = 0; i < times; i++) {
      home.place = Stream.Place.BLOCKED;
      waiters.blocked(home);
    }
  }

  private static void assertReserved(LogState home, @Nullable LogState by) {
    assertThat(home.reservedFor).isSameAs(by);
    assertThat(home.members).allMatch(member -> member.reservedFor == by);
  }

  @Test
  void theFirstInLineHasItsStreamsReservedUntilItIsTaken() {
    block(first, Waiters.PATIENCE - 1);
    assertReserved(first, null);
    block(first, 1);
    block(second, Waiters.PATIENCE);
    assertReserved(first, first);
    assertReserved(second, null);
    assertThat(waiters.taken(first)).contains(first).contains(first.members);
    waiters.next();
    assertReserved(first, null);
    assertReserved(second, second);
  }

  /** It would leave the line with its streams reserved, and all who need them waiting for ever. */
  @Test
  void whoWentWithoutHelpHasNothingReservedWhenTheLineComesToIt() {
    block(first, Waiters.PATIENCE);
    block(second, Waiters.PATIENCE);
    waiters.taken(second);
    waiters.taken(first);
    block(second, 1);
    waiters.next();
    assertReserved(second, null);
  }

  @Test
  void nothingStaysReservedForWhoHasNothingLeftToWrite() {
    block(first, Waiters.PATIENCE);
    first.queue.clear();
    assertThat(waiters.gone()).contains(first).contains(first.members);
    assertReserved(first, null);
  }
}
