package dev.restante.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DevicesChanged;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.GroupCreated;
import dev.restante.api.LogEntry;
import dev.restante.api.Member;
import dev.restante.api.MembershipChanged;
import dev.restante.api.Message;
import dev.restante.api.MessageKind;
import dev.restante.api.Payload;
import dev.restante.api.Role;
import dev.restante.api.TitleChanged;
import dev.restante.api.UnknownEntry;
import dev.restante.api.UserId;
import dev.restante.api.sync.ConversationSummary;
import dev.restante.api.sync.Cursor;
import dev.restante.api.sync.Delivery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Values of every type that the codec knows, awkward ones among them. */
final class Samples {
  static final String TENANT = "tenant:\0/ü";
  static final UserId ALICE = new UserId(TENANT, "alice");
  static final UserId BOB = new UserId(TENANT, "b:o\nb 😀\0\ufffd");
  static final ConversationId DIRECT = ConversationId.between(ALICE, BOB);
  static final ConversationId GROUP = ConversationId.group(TENANT, "g".repeat(255));
  static final Instant TIME = Instant.ofEpochMilli(1_767_225_600_123L);

  /** Field 100 as a number, 101 as bytes, 102 of 32 bits, 103 of 64 bits. */
  static final Payload LATER_FIELDS =
      Payload.of(
          new WireWriter(64)
              .number(100, Long.MAX_VALUE)
              .bytes(101, "later".repeat(40).getBytes(UTF_8))
              .raw(new byte[] {(byte) 0xb5, 0x06, 1, 2, 3, 4})
              .raw(new byte[] {(byte) 0xb9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8})
              .toByteArray());

  private Samples() {}

  static List<Draft> drafts() {
    Draft plain = Draft.text(ALICE.device("phone"), DIRECT, "client-id", "see you at six");
    return List.of(
        plain,
        plain.answering(Long.MAX_VALUE).composedAt(TIME),
        plain.composedAt(Instant.ofEpochMilli(-1)),
        plain.composedAt(Instant.ofEpochMilli(Long.MIN_VALUE)),
        Draft.of(BOB.device("\0"), GROUP, "\n", new MessageKind("käse"), Payload.empty()),
        Draft.of(
            BOB.device("d".repeat(255)),
            GROUP,
            "c".repeat(255),
            MessageKind.FILE,
            Payload.of(new byte[70_000])));
  }

  static List<LogEntry> logEntries() {
    List<LogEntry> all = new ArrayList<>();
    for (Payload unknown : List.of(Payload.empty(), LATER_FIELDS)) {
      for (Draft draft : drafts()) {
        all.add(
            new Message(
                draft.conversation(),
                7,
                TIME,
                draft.sender(),
                draft.clientId(),
                draft.kind(),
                draft.body(),
                draft.replyTo(),
                draft.composedAt(),
                unknown));
      }
      List<Member> members =
          List.of(
              new Member(ALICE, Role.OWNER),
              new Member(BOB, Role.ADMIN),
              new Member(new UserId(TENANT, "carol"), Role.MEMBER));
      all.add(new GroupCreated(GROUP, 1, TIME, ALICE, "títle", members, unknown));
      for (MembershipChanged.Change change : MembershipChanged.Change.values()) {
        all.add(new MembershipChanged(GROUP, 2, TIME, BOB, change, members, unknown));
      }
      all.add(new TitleChanged(GROUP, Long.MAX_VALUE, TIME, BOB, "", unknown));
    }
    all.add(
        new UnknownEntry(
            GROUP,
            9,
            TIME,
            Payload.of(new WireWriter(8).number(1, 77).raw(LATER_FIELDS).toByteArray())));
    return all;
  }

  static List<Entry> entries() {
    List<Entry> all = new ArrayList<>(logEntries());
    all.add(new Gap(DIRECT, 1, Long.MAX_VALUE));
    all.add(new DevicesChanged(BOB));
    return all;
  }

  static List<Acknowledgement> acknowledgements() {
    return List.of(
        new Acknowledgement(DIRECT, 1, TIME, false),
        new Acknowledgement(GROUP, Long.MAX_VALUE, Instant.EPOCH, true));
  }

  static List<Delivery> deliveries() {
    Cursor cursor = new Cursor("cursor-_09");
    List<Delivery> all = new ArrayList<>();
    all.add(new Delivery.Page(entries(), cursor));
    all.add(new Delivery.CaughtUp(cursor));
    List<ConversationSummary> summaries =
        List.of(
            new ConversationSummary(GROUP, "title", true, 9, logEntries(), new Gap(GROUP, 1, 8)),
            new ConversationSummary(DIRECT, "", false, 0, List.of(), null));
    for (Delivery.Snapshot.Reason reason : Delivery.Snapshot.Reason.values()) {
      all.add(new Delivery.Snapshot(reason, summaries, false, cursor));
      all.add(new Delivery.Snapshot(reason, List.of(), true, cursor));
    }
    return all;
  }
}
