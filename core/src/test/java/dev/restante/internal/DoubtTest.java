package dev.restante.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import dev.restante.api.sync.Device;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a hint does to what is known of a stream. */
@Tag("O6")
class DoubtTest {
  private static final DeviceId PHONE = UserId.of("alice").device("phone");

  private final LogState log = new LogState(ConversationId.group("team"));
  private final InboxState inbox = new InboxState(UserId.of("alice"));

  private static void confirm(Stream stream, long head) {
    stream.loaded = true;
    stream.head = head;
    stream.confirmedAt = 3;
  }

  @Test
  void whatACommitConfirmedIsDoubtedIfMoreIsTold() {
    confirm(log, 5);
    log.hint(5);
    assertThat(log.isDoubted()).isFalse();
    log.hint(7);
    log.hint(6);
    assertThat(log.isDoubted()).isTrue();
    assertThat(log.head).isEqualTo(5);
    confirm(log, 7);
    assertThat(log.isDoubted()).isFalse();
  }

  /** Otherwise a liar who is quick enough could have it loaded again for ever. */
  @Test
  void whatWasJustLoadedIsNotDoubtedBeforeACommitConfirmedIt() {
    log.hint(9);
    log.loaded = true;
    log.head = 5;
    log.hint(9);
    assertThat(log.isDoubted()).isFalse();
    log.confirmedAt = 3;
    assertThat(log.isDoubted()).isFalse();
    log.hint(9);
    assertThat(log.isDoubted()).isTrue();
    log.unload();
    confirm(log, 5);
    assertThat(log.isDoubted()).isFalse();
  }

  @Test
  void aLogIsAskedForAgainAndAnInboxIsPlannedAtWhatWasTold() {
    confirm(log, 5);
    confirm(inbox, 5);
    log.hint(7);
    inbox.hint(7);
    assertThat(log.isStale()).isTrue();
    assertThat(log.headToPlanAt()).isEqualTo(5);
    assertThat(inbox.isStale()).isFalse();
    assertThat(inbox.headToPlanAt()).isEqualTo(7);
    assertThat(inbox.head).isEqualTo(5);
  }

  @Test
  void theInboxOfAUserWithoutDevicesIsAskedForAgain() {
    confirm(inbox, 5);
    inbox.hint(7);
    inbox.devices = Directory.NONE;
    assertThat(inbox.isStale()).isTrue();
    assertThat(inbox.headToPlanAt()).isEqualTo(5);
    Device phone = new Device(PHONE, "", "", Instant.EPOCH);
    inbox.devices = Directory.NONE.with(List.of(phone), List.of(), Directory.Bar.REVOKED);
    assertThat(inbox.isStale()).isFalse();
    assertThat(inbox.headToPlanAt()).isEqualTo(7);
  }
}
