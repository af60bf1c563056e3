package dev.restante.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.Draft;
import dev.restante.api.LogEntry;
import dev.restante.api.Message;
import dev.restante.api.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The judge can say no: a small true story, and each lie about it. */
final class EvidenceTest {
  private static final DeviceId BOB = World.device("bob/phone");
  private static final DeviceId ALICE = World.device("alice/phone");
  private static final ConversationId TALK = ConversationId.between(ALICE.user(), BOB.user());
  private static final String T = TALK.key();

  private final Map<ConversationId, List<LogEntry>> logs = new HashMap<>();
  private final List<String> journal = new ArrayList<>();

  /** Bob says three things, the last twice since his node died; Alice's two devices get them. */
  EvidenceTest() {
    World.CONVERSATIONS.keySet().forEach(each -> logs.put(each, new ArrayList<>()));
    List<LogEntry> log = new ArrayList<>(List.of(message(1, 1), message(2, 2), message(3, 3)));
    logs.put(TALK, log);
    journal.add("START 1");
    for (DeviceId device : World.DEVICES) {
      journal.add("CONNECT " + World.name(device) + " -");
    }
    journal.add("INTENT bob/phone " + T + " 1 0");
    journal.add("ACK bob/phone " + T + " 1 1 1001 false 5");
    journal.add("INTENT bob/phone " + T + " 2 0");
    journal.add("REFUSED bob/phone " + T + " 2 UNAVAILABLE 5 down");
    journal.add("INTENT bob/phone " + T + " 2 6");
    journal.add("INTENT bob/phone " + T + " 3 6");
    journal.add("ACK bob/phone " + T + " 2 2 1002 false 9");
    for (String device : List.of("alice/phone", "alice/tablet")) {
      journal.add("APPLIED " + device + " " + T + " 1 bob/phone 1");
      journal.add("PAGE " + device + " c1");
      journal.add("ACKNOWLEDGE " + device + " c1");
      journal.add("ACKNOWLEDGED " + device + " c1 c1");
      journal.add("APPLIED " + device + " " + T + " 2 bob/phone 2");
      journal.add("PAGE " + device + " c2");
    }
    journal.add("START 2");
    journal.add("INTENT bob/phone " + T + " 3 0");
    journal.add("ACK bob/phone " + T + " 3 3 1003 true 5");
    for (String device : List.of("alice/phone", "alice/tablet")) {
      journal.add("CONNECT " + device + " " + (device.endsWith("phone") ? "-" : "c2"));
      if (device.endsWith("phone")) {
        journal.add("APPLIED " + device + " " + T + " 2 bob/phone 2");
      }
      journal.add("APPLIED " + device + " " + T + " 3 bob/phone 3");
      journal.add("PAGE " + device + " c3");
      journal.add("CAUGHT_UP " + device + " c3");
    }
  }

  private static LogEntry message(int seq, int n) {
    Draft draft = World.draft(BOB, TALK, n);
    return new Message(
        TALK,
        seq,
        Instant.ofEpochMilli(1000 + seq),
        BOB,
        draft.clientId(),
        draft.kind(),
        draft.body(),
        0,
        null,
        Payload.empty());
  }

  private List<String> problems() {
    Evidence evidence = new Evidence(logs);
    evidence.add(journal.stream().map(Journal::parse).toList());
    return evidence.problems();
  }

  private List<LogEntry> log() {
    return logs.getOrDefault(TALK, List.of());
  }

  private void change(String line, String to) {
    int index = journal.indexOf(line);
    assertThat(index).isNotNegative();
    journal.set(index, to);
  }

  private void drop(String line) {
    assertThat(journal.remove(line)).isTrue();
  }

  @Test
  void theTruth() {
    assertThat(problems()).isEmpty();
  }

  @Test
  void anAcknowledgedMessageIsMissing() {
    log().remove(2);
    assertThat(problems()).anyMatch(each -> each.startsWith("not stored as acknowledged: ACK"));
  }

  @Test
  void aMessageIsStoredTwice() {
    log().add(message(4, 3));
    assertThat(problems()).anyMatch(each -> each.contains("4 is number 3 of bob/phone, after 3"));
  }

  @Test
  void aNumberIsLeftOut() {
    log().set(2, message(4, 3));
    assertThat(problems()).anyMatch(each -> each.contains("has 4 in place 3"));
  }

  @Test
  void twoMessagesChangedPlaces() {
    log().set(0, message(1, 2));
    log().set(1, message(2, 1));
    assertThat(problems()).anyMatch(each -> each.contains("1 is number 2 of bob/phone, after"));
  }

  @Test
  void aMessageWasNeverAnswered() {
    drop("ACK bob/phone " + T + " 3 3 1003 true 5");
    assertThat(problems()).anyMatch(each -> each.endsWith("3 was never acknowledged"));
  }

  @Test
  void whatWasRefusedWasWrittenAllTheSame() {
    change("ACK bob/phone " + T + " 2 2 1002 false 9", "ACK bob/phone " + T + " 2 2 1002 true 9");
    assertThat(problems()).anyMatch(each -> each.startsWith("a repeat of what was not written"));
  }

  @Test
  void aDeviceIsGivenAgainWhatItAcknowledged() {
    int again = journal.lastIndexOf("APPLIED alice/phone " + T + " 2 bob/phone 2");
    journal.add(again, "APPLIED alice/phone " + T + " 1 bob/phone 1");
    assertThat(problems()).anyMatch(each -> each.startsWith("alice/phone began at 0, may at [1]"));
  }

  @Test
  void aDeviceMissesAnEntry() {
    journal.removeIf(line -> line.equals("APPLIED alice/phone " + T + " 2 bob/phone 2"));
    assertThat(problems()).anyMatch(each -> each.startsWith("alice/phone has 2 of 3 entries"));
  }

  @Test
  void aDeviceIsGivenAnEntryTwiceInASession() {
    int again = journal.lastIndexOf("APPLIED alice/phone " + T + " 2 bob/phone 2");
    journal.add(again, "APPLIED alice/phone " + T + " 2 bob/phone 2");
    assertThat(problems()).anyMatch(each -> each.contains("as its 1. entry after 2"));
  }

  @Test
  void twoDevicesOfAUserDisagree() {
    log().add(message(4, 4));
    journal.add("INTENT bob/phone " + T + " 4 6");
    journal.add("ACK bob/phone " + T + " 4 4 1004 false 9");
    journal.add("APPLIED alice/phone " + T + " 4 bob/phone 4");
    assertThat(problems())
        .anyMatch(each -> each.startsWith("alice/tablet has another inbox than its sister"));
  }

  @Test
  void aCursorWentBack() {
    change("ACKNOWLEDGED alice/phone c1 c1", "ACKNOWLEDGED alice/phone c1 c0");
    assertThat(problems()).anyMatch(each -> each.startsWith("alice/phone acknowledged 1"));
  }

  @Test
  void aSubmitTookTooLong() {
    change(
        "ACK bob/phone " + T + " 1 1 1001 false 5", "ACK bob/phone " + T + " 1 1 1001 false 50000");
    assertThat(problems()).anyMatch(each -> each.endsWith("took 50000 ms"));
  }
}
