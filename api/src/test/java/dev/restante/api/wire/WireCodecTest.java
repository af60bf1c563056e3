package dev.restante.api.wire;

import static dev.restante.api.wire.Samples.ALICE;
import static dev.restante.api.wire.Samples.GROUP;
import static dev.restante.api.wire.Samples.LATER_FIELDS;
import static dev.restante.api.wire.Samples.TENANT;
import static dev.restante.api.wire.Samples.TIME;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.restante.api.Acknowledgement;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.Message;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Role;
import dev.restante.api.TitleChanged;
import dev.restante.api.UnknownEntry;
import dev.restante.api.sync.Delivery;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class WireCodecTest {
  static List<Draft> drafts() {
    return Samples.drafts();
  }

  static List<Entry> entries() {
    return Samples.entries();
  }

  static List<LogEntry> logEntries() {
    return Samples.logEntries();
  }

  static List<Acknowledgement> acknowledgements() {
    return Samples.acknowledgements();
  }

  static List<Delivery> deliveries() {
    return Samples.deliveries();
  }

  @Test
  void hasASampleOfEveryType() {
    assertThat(typesOf(Samples.logEntries())).isEqualTo(permitted(LogEntry.class));
    assertThat(typesOf(Samples.entries())).isEqualTo(permitted(Entry.class));
    assertThat(typesOf(Samples.deliveries())).isEqualTo(permitted(Delivery.class));
  }

  private static Set<Class<?>> typesOf(List<?> values) {
    return values.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  private static Set<Class<?>> permitted(Class<?> sealed) {
    Set<Class<?>> all = new HashSet<>();
    for (Class<?> each : sealed.getPermittedSubclasses()) {
      if (each.isSealed()) {
        all.addAll(permitted(each));
      } else {
        all.add(each);
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("drafts")
  void bringsDraftsBack(Draft draft) {
    assertThat(WireCodec.decodeDraft(TENANT, WireCodec.encode(draft))).isEqualTo(draft);
  }

  @ParameterizedTest
  @MethodSource("drafts")
  void readsFromTheLogWhatADraftBecame(Draft draft) {
    LogEntry entry =
        WireCodec.decodeFromLog(
            draft.conversation(), 5, TIME.toEpochMilli(), WireCodec.encodeForLog(draft));
    assertThat(entry)
        .isEqualTo(
            new Message(
                draft.conversation(),
                5,
                TIME,
                draft.sender(),
                draft.clientId(),
                draft.kind(),
                draft.body(),
                draft.replyTo(),
                draft.composedAt(),
                Payload.empty()));
  }

  @ParameterizedTest
  @MethodSource("entries")
  void bringsEntriesBack(Entry entry) {
    assertThat(WireCodec.decodeEntry(TENANT, WireCodec.encode(entry))).contains(entry);
  }

  @ParameterizedTest
  @MethodSource("logEntries")
  void bringsEntriesBackFromTheLog(LogEntry entry) {
    LogEntry back =
        WireCodec.decodeFromLog(
            entry.conversation(),
            entry.seq(),
            entry.serverTime().toEpochMilli(),
            WireCodec.encodeForLog(entry));
    assertThat(back).isEqualTo(entry);
  }

  @ParameterizedTest
  @MethodSource("acknowledgements")
  void bringsAcknowledgementsBack(Acknowledgement acknowledgement) {
    assertThat(WireCodec.decodeAcknowledgement(TENANT, WireCodec.encode(acknowledgement)))
        .isEqualTo(acknowledgement);
  }

  @ParameterizedTest
  @MethodSource("deliveries")
  void bringsDeliveriesBack(Delivery delivery) {
    assertThat(WireCodec.decodeDelivery(TENANT, WireCodec.encode(delivery))).contains(delivery);
  }

  @Test
  void refusesWhatHasNoNumber() {
    byte[] acknowledgement = new WireWriter(64).text(2, GROUP.key()).number(4, 1).toByteArray();
    assertThatExceptionOfType(WireFormatException.class)
        .isThrownBy(() -> WireCodec.decodeAcknowledgement(TENANT, acknowledgement))
        .withMessage("seq must be at least 1, is 0");
    byte[] title =
        new WireWriter(64)
            .number(1, 4)
            .text(2, GROUP.key())
            .text(16, ALICE.value())
            .text(17, "title")
            .toByteArray();
    assertThatExceptionOfType(WireFormatException.class)
        .isThrownBy(() -> WireCodec.decodeEntry(TENANT, title))
        .withMessage("seq must be at least 1, is 0");
  }

  private static byte[] content(Draft draft) {
    byte[] encoded = WireCodec.encodeForLog(draft);
    return Arrays.copyOfRange(encoded, WireCodec.contentOffset(encoded), encoded.length);
  }

  @Test
  void comparesContentWithoutTheDevice() {
    Draft onPhone = Draft.text(ALICE.device("phone"), GROUP, "id", "text");
    Draft onTablet = Draft.text(ALICE.device("tablet"), GROUP, "id", "text");
    assertThat(content(onPhone)).isEqualTo(content(onTablet));
    for (Draft other :
        List.of(
            Draft.text(ALICE.device("phone"), GROUP, "id", "texT"),
            Draft.of(ALICE.device("phone"), GROUP, "id", MessageKind.FILE, Payload.text("text")),
            onPhone.answering(1),
            onPhone.composedAt(TIME))) {
      assertThat(content(other)).isNotEqualTo(content(onPhone));
    }
  }

  // ---- what a newer version writes
  // ---------------------------------------------------------------

  @Test
  void keepsAnEntryOfAnUnknownTypeThroughAnOlderNodeAndBack() {
    byte[] newer =
        new WireWriter(64)
            .number(1, 9)
            .text(2, GROUP.key())
            .number(3, 12)
            .number(4, TIME.toEpochMilli())
            .text(16, "alice")
            .raw(LATER_FIELDS)
            .toByteArray();
    Entry entry = WireCodec.decodeEntry(TENANT, newer).orElseThrow();
    assertThat(entry)
        .isInstanceOfSatisfying(
            UnknownEntry.class,
            unknown -> {
              assertThat(unknown.seq()).isEqualTo(12);
              assertThat(unknown.serverTime()).isEqualTo(TIME);
            });
    byte[] passedOn = WireCodec.encode(entry);
    assertThat(WireCodec.decodeEntry(TENANT, passedOn)).contains(entry);
    assertThat(passedOn).hasSameSizeAs(newer);
    assertThat(new String(passedOn, UTF_8)).contains("alice").contains("later");
  }

  @Test
  void takesAnUnknownChangeOfMembersForAnUnknownEntry() {
    byte[] newer =
        new WireWriter(64)
            .number(1, 3)
            .text(2, GROUP.key())
            .number(3, 12)
            .text(16, "alice")
            .number(19, 99)
            .toByteArray();
    assertThat(WireCodec.decodeEntry(TENANT, newer)).containsInstanceOf(UnknownEntry.class);
  }

  @Test
  void takesAnUnknownRoleForAPlainMembers() {
    byte[] member = new WireWriter(16).text(1, "alice").number(2, 99).toByteArray();
    byte[] newer =
        new WireWriter(64)
            .number(1, 2)
            .text(2, GROUP.key())
            .number(3, 1)
            .text(16, "alice")
            .bytes(18, member)
            .toByteArray();
    assertThat(WireCodec.decodeEntry(TENANT, newer).orElseThrow())
        .extracting("members")
        .isEqualTo(List.of(new Member(ALICE, Role.MEMBER)));
  }

  @Test
  void passesOverAnUnknownEntryThatHasNoPlaceInALog() {
    byte[] receipt = new WireWriter(64).number(1, 22).text(2, GROUP.key()).toByteArray();
    byte[] bare = new WireWriter(64).number(1, 23).raw(LATER_FIELDS).toByteArray();
    TitleChanged known = new TitleChanged(GROUP, 3, TIME, ALICE, "title", Payload.empty());
    byte[] page =
        new WireWriter(64)
            .number(1, 1)
            .text(2, "cursor")
            .bytes(3, receipt)
            .bytes(3, WireCodec.encode(known))
            .bytes(3, bare)
            .toByteArray();
    assertThat(WireCodec.decodeEntry(TENANT, receipt)).isEmpty();
    assertThat(WireCodec.decodeEntry(TENANT, bare)).isEmpty();
    assertThat(WireCodec.decodeDelivery(TENANT, page).orElseThrow())
        .isInstanceOfSatisfying(
            Delivery.Page.class,
            delivery -> {
              assertThat(delivery.entries()).containsExactly(known);
              assertThat(delivery.cursor().token()).isEqualTo("cursor");
            });
  }

  @Test
  void passesOverAnUnknownDelivery() {
    byte[] newer = new WireWriter(64).number(1, 99).raw(LATER_FIELDS).toByteArray();
    assertThat(WireCodec.decodeDelivery(TENANT, newer)).isEmpty();
  }

  @Test
  void takesAnUnknownReasonForTooLong() {
    byte[] newer = new WireWriter(64).number(1, 2).text(2, "cursor").number(4, 99).toByteArray();
    assertThat(WireCodec.decodeDelivery(TENANT, newer).orElseThrow())
        .isInstanceOfSatisfying(
            Delivery.Snapshot.class,
            snapshot -> assertThat(snapshot.reason()).isEqualTo(Delivery.Snapshot.Reason.TOO_LONG));
  }

  @ParameterizedTest
  @MethodSource("drafts")
  void passesOverUnknownFieldsOfADraft(Draft draft) {
    byte[] newer = new WireWriter(64).raw(LATER_FIELDS).raw(WireCodec.encode(draft)).toByteArray();
    assertThat(WireCodec.decodeDraft(TENANT, newer)).isEqualTo(draft);
  }

  // ---- what a hostile sender writes
  // --------------------------------------------------------------

  @Test
  void refusesTextThatIsNotUtf8() {
    byte[] draft =
        new WireWriter(64)
            .text(2, GROUP.key())
            .bytes(8, new byte[] {'a', (byte) 0xff})
            .text(9, "phone")
            .text(10, "id")
            .toByteArray();
    assertThatExceptionOfType(WireFormatException.class)
        .isThrownBy(() -> WireCodec.decodeDraft(TENANT, draft))
        .withMessageContaining("UTF-8");
  }

  @Test
  void refusesADraftWithoutItsParts() {
    for (int missing : new int[] {2, 8, 9, 10}) {
      WireWriter draft = new WireWriter(64);
      for (int field : new int[] {2, 8, 9, 10}) {
        if (field != missing) {
          draft.text(field, field == 2 ? GROUP.key() : "id");
        }
      }
      assertThatExceptionOfType(WireFormatException.class)
          .as("without field %d", missing)
          .isThrownBy(() -> WireCodec.decodeDraft(TENANT, draft.toByteArray()));
    }
  }

  @Test
  void takesTimeInProportionToUnknownFields() {
    WireWriter draft = new WireWriter(8_000_000);
    for (int i = 0; i < 2_000_000; i++) {
      draft.number(100, 1);
    }
    draft.text(2, GROUP.key()).text(8, "a").text(9, "a").text(10, "id");
    byte[] bytes = draft.toByteArray();
    Draft read =
        assertTimeoutPreemptively(
            Duration.ofSeconds(10), () -> WireCodec.decodeDraft(TENANT, bytes));
    assertThat(read.clientId()).isEqualTo("id");
  }
}
