package dev.restante.api.wire;

import dev.restante.api.Acknowledgement;
import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.DevicesChanged;
import dev.restante.api.Draft;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.GroupCreated;
import dev.restante.api.InvalidValueException;
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
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary as bytes, in the encoding of <a
 * href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers</a>; {@code
 * docs/wire.proto} is its schema, so that a client in any language can use it.
 *
 * <p>It is tolerant: fields that this version does not know are kept in {@link
 * LogEntry#unknownFields()} and written again, an entry of an unknown type becomes an {@link
 * UnknownEntry} that holds its place, or to nothing if it has no place in a log; a delivery of an
 * unknown type decodes to nothing. Unknown fields elsewhere than in an entry (of a member, say) are
 * passed over. Tenants are not written: whoever decodes knows for whom.
 *
 * <p>Every decoding method throws {@link WireFormatException} for bytes that are not what they
 * should be, and nothing else.
 */
public final class WireCodec {
  /** The version that stores keep beside an encoded entry. */
  public static final int FORMAT = 1;

  private static final int TYPE = 1;
  private static final int CONVERSATION = 2;
  private static final int SEQ = 3;
  private static final int SERVER_TIME = 4;
  private static final int SENDER_USER = 8;
  private static final int SENDER_DEVICE = 9;
  private static final int CLIENT_ID = 10;
  private static final int KIND = 11;
  private static final int BODY = 12;
  private static final int REPLY_TO = 13;
  private static final int COMPOSED_AT = 14;
  private static final int ACTOR = 16;
  private static final int TITLE = 17;
  private static final int MEMBER = 18;
  private static final int CHANGE = 19;
  private static final int FROM_SEQ = 24;
  private static final int TO_SEQ = 25;
  private static final int USER = 26;

  private static final int MESSAGE_TYPE = 1;
  private static final int GROUP_CREATED_TYPE = 2;
  private static final int MEMBERSHIP_TYPE = 3;
  private static final int TITLE_TYPE = 4;
  private static final int DEVICES_TYPE = 20;
  private static final int GAP_TYPE = 21;

  private static final int REPEAT = 5;

  private static final int DELIVERY_CURSOR = 2;
  private static final int DELIVERY_ENTRY = 3;
  private static final int DELIVERY_REASON = 4;
  private static final int DELIVERY_SUMMARY = 5;
  private static final int DELIVERY_LAST = 6;
  private static final int PAGE_TYPE = 1;
  private static final int SNAPSHOT_TYPE = 2;
  private static final int CAUGHT_UP_TYPE = 3;

  private static final int SUMMARY_CONVERSATION = 1;
  private static final int SUMMARY_TITLE = 2;
  private static final int SUMMARY_MEMBER = 3;
  private static final int SUMMARY_HEAD = 4;
  private static final int SUMMARY_ENTRY = 5;
  private static final int SUMMARY_GAP = 6;

  private WireCodec() {}

  // ---- drafts ----------------------------------------------------------------------------------

  /** A draft, as a client sends it. */
  public static byte[] encode(Draft draft) {
    String conversation = draft.conversation().key();
    WireWriter out =
        new WireWriter(WireWriter.sizeOfText(CONVERSATION, conversation) + sizeOf(draft));
    out.text(CONVERSATION, conversation);
    identity(out, draft.sender(), draft.clientId());
    content(out, draft.kind(), draft.body(), draft.replyTo(), draft.composedAt());
    return out.toByteArray();
  }

  /** A draft that a client of this tenant sent. The host checks that the sender is who he says. */
  public static Draft decodeDraft(String tenant, byte[] bytes) {
    return decoding(
        () -> {
          Fields fields = new Fields(tenant, new WireReader(bytes));
          return new Draft(
              fields.sender(),
              fields.conversation(),
              fields.clientId,
              fields.kind,
              fields.body,
              fields.replyTo,
              fields.composedAt);
        });
  }

  /**
   * A draft as the log keeps it: the entry's fields without conversation, number and time, which
   * the log knows.
   */
  public static byte[] encodeForLog(Draft draft) {
    WireWriter out = new WireWriter(WireWriter.sizeOfNumber(TYPE, MESSAGE_TYPE) + sizeOf(draft));
    out.number(TYPE, MESSAGE_TYPE);
    identity(out, draft.sender(), draft.clientId());
    content(out, draft.kind(), draft.body(), draft.replyTo(), draft.composedAt());
    return out.toByteArray();
  }

  /**
   * Where, in a draft encoded for the log, the content begins: what must be equal for a repeated
   * client id to be a repeat. The device comes before it, so that a user may finish on one device
   * what he began on another.
   */
  public static int contentOffset(byte[] encodedForLog) {
    WireReader in = new WireReader(encodedForLog);
    for (int field = in.next(); field != 0; field = in.next()) {
      in.skip();
      if (field == CLIENT_ID) {
        return in.position();
      }
    }
    throw new WireFormatException("no client id");
  }

  // ---- entries ---------------------------------------------------------------------------------

  /** An entry, as a device gets it. */
  public static byte[] encode(Entry entry) {
    WireWriter out = new WireWriter(128);
    if (entry instanceof LogEntry logEntry) {
      out.text(CONVERSATION, logEntry.conversation().key());
      out.number(SEQ, logEntry.seq());
      out.number(SERVER_TIME, logEntry.serverTime().toEpochMilli());
      logFields(out, logEntry);
    } else if (entry instanceof Gap gap) {
      out.number(TYPE, GAP_TYPE);
      gapFields(out, gap);
    } else if (entry instanceof DevicesChanged changed) {
      out.number(TYPE, DEVICES_TYPE);
      out.text(USER, changed.user().value());
    } else {
      throw new IllegalArgumentException("no such entry: " + entry);
    }
    return out.toByteArray();
  }

  /**
   * An entry that was sent to a user of this tenant; nothing if this version does not know its type
   * and it has no place in a log, so that nobody misses it who passes it over.
   */
  public static Optional<Entry> decodeEntry(String tenant, byte[] bytes) {
    return decoding(() -> entry(tenant, new WireReader(bytes)));
  }

  /** A log entry as the log keeps it: without conversation, number and time. */
  public static byte[] encodeForLog(LogEntry entry) {
    WireWriter out = new WireWriter(128);
    logFields(out, entry);
    return out.toByteArray();
  }

  /** An entry that the log kept, with what the log knows of it. */
  public static LogEntry decodeFromLog(
      ConversationId conversation, long seq, long timeMillis, byte[] bytes) {
    return decoding(
        () -> {
          Fields fields = new Fields(conversation.tenant(), new WireReader(bytes));
          fields.conversation = conversation;
          fields.seq = seq;
          fields.timeMillis = timeMillis;
          return fields.logEntry();
        });
  }

  // ---- acknowledgements ------------------------------------------------------------------------

  /** An acknowledgement. */
  public static byte[] encode(Acknowledgement acknowledgement) {
    return new WireWriter(64)
        .text(CONVERSATION, acknowledgement.conversation().key())
        .number(SEQ, acknowledgement.seq())
        .number(SERVER_TIME, acknowledgement.serverTime().toEpochMilli())
        .number(REPEAT, acknowledgement.repeat() ? 1 : 0)
        .toByteArray();
  }

  /** An acknowledgement that was sent to a user of this tenant. */
  public static Acknowledgement decodeAcknowledgement(String tenant, byte[] bytes) {
    return decoding(
        () -> {
          WireReader in = new WireReader(bytes);
          ConversationId conversation = null;
          long seq = 0;
          long time = 0;
          boolean repeat = false;
          for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
              case CONVERSATION -> conversation = ConversationId.ofKey(tenant, in.text());
              case SEQ -> seq = in.number();
              case SERVER_TIME -> time = in.number();
              case REPEAT -> repeat = in.number() != 0;
              default -> in.skip();
            }
          }
          return new Acknowledgement(
              present("conversation", conversation), seq, Instant.ofEpochMilli(time), repeat);
        });
  }

  // ---- deliveries ------------------------------------------------------------------------------

  /** A delivery, as a device gets it. */
  public static byte[] encode(Delivery delivery) {
    WireWriter out = new WireWriter(256);
    if (delivery instanceof Delivery.Page page) {
      out.number(TYPE, PAGE_TYPE).text(DELIVERY_CURSOR, page.cursor().token());
      page.entries().forEach(entry -> out.bytes(DELIVERY_ENTRY, encode(entry)));
    } else if (delivery instanceof Delivery.Snapshot snapshot) {
      out.number(TYPE, SNAPSHOT_TYPE).text(DELIVERY_CURSOR, snapshot.cursor().token());
      out.number(DELIVERY_REASON, code(snapshot.reason()));
      out.number(DELIVERY_LAST, snapshot.last() ? 1 : 0);
      snapshot.conversations().forEach(each -> out.bytes(DELIVERY_SUMMARY, encode(each)));
    } else if (delivery instanceof Delivery.CaughtUp caughtUp) {
      out.number(TYPE, CAUGHT_UP_TYPE).text(DELIVERY_CURSOR, caughtUp.cursor().token());
    } else {
      throw new IllegalArgumentException("no such delivery: " + delivery);
    }
    return out.toByteArray();
  }

  /**
   * A delivery that was sent to a device of this tenant; nothing if this version does not know its
   * type, which a device passes over.
   */
  public static Optional<Delivery> decodeDelivery(String tenant, byte[] bytes) {
    return decoding(() -> delivery(tenant, new WireReader(bytes)));
  }

  private static Optional<Delivery> delivery(String tenant, WireReader in) {
    long type = 0;
    Cursor cursor = null;
    List<Entry> entries = new ArrayList<>();
    List<ConversationSummary> summaries = new ArrayList<>();
    long reason = 0;
    boolean last = false;
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case TYPE -> type = in.number();
        case DELIVERY_CURSOR -> cursor = new Cursor(in.text());
        case DELIVERY_ENTRY -> entry(tenant, in.nested()).ifPresent(entries::add);
        case DELIVERY_SUMMARY -> summaries.add(summary(tenant, in.nested()));
        case DELIVERY_REASON -> reason = in.number();
        case DELIVERY_LAST -> last = in.number() != 0;
        default -> in.skip();
      }
    }
    if (type == PAGE_TYPE) {
      return Optional.of(new Delivery.Page(entries, present("cursor", cursor)));
    }
    if (type == SNAPSHOT_TYPE) {
      return Optional.of(
          new Delivery.Snapshot(reason(reason), summaries, last, present("cursor", cursor)));
    }
    return type == CAUGHT_UP_TYPE
        ? Optional.of(new Delivery.CaughtUp(present("cursor", cursor)))
        : Optional.empty();
  }

  private static byte[] encode(ConversationSummary summary) {
    WireWriter out = new WireWriter(256);
    out.text(SUMMARY_CONVERSATION, summary.conversation().key());
    out.text(SUMMARY_TITLE, summary.title());
    out.number(SUMMARY_MEMBER, summary.member() ? 1 : 0);
    out.number(SUMMARY_HEAD, summary.headSeq());
    summary.latest().forEach(entry -> out.bytes(SUMMARY_ENTRY, encode(entry)));
    Gap gap = summary.gap();
    if (gap != null) {
      out.bytes(SUMMARY_GAP, encode(gap));
    }
    return out.toByteArray();
  }

  private static ConversationSummary summary(String tenant, WireReader in) {
    ConversationId conversation = null;
    String title = "";
    boolean member = false;
    long head = 0;
    List<LogEntry> latest = new ArrayList<>();
    Gap gap = null;
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case SUMMARY_CONVERSATION -> conversation = ConversationId.ofKey(tenant, in.text());
        case SUMMARY_TITLE -> title = in.text();
        case SUMMARY_MEMBER -> member = in.number() != 0;
        case SUMMARY_HEAD -> head = in.number();
        case SUMMARY_ENTRY -> latest.add(new Fields(tenant, in.nested()).logEntry());
        case SUMMARY_GAP -> gap = new Fields(tenant, in.nested()).gap();
        default -> in.skip();
      }
    }
    return new ConversationSummary(
        present("conversation", conversation), title, member, head, latest, gap);
  }

  private static int code(Delivery.Snapshot.Reason reason) {
    return switch (reason) {
      case REQUESTED -> 1;
      case NEW_DEVICE -> 2;
      case TOO_LONG -> 3;
      case STORE_LOST_WRITES -> 4;
    };
  }

  /** A reason that this version does not know asks of a device what "too long" does. */
  private static Delivery.Snapshot.Reason reason(long code) {
    for (Delivery.Snapshot.Reason reason : Delivery.Snapshot.Reason.values()) {
      if (code(reason) == code) {
        return reason;
      }
    }
    return Delivery.Snapshot.Reason.TOO_LONG;
  }

  // ---- fields ----------------------------------------------------------------------------------

  /** Exactly what identity and content take, so that no message's bytes are copied to fit. */
  static int sizeOf(Draft draft) {
    Instant composedAt = draft.composedAt();
    return WireWriter.sizeOfText(SENDER_USER, draft.sender().user().value())
        + WireWriter.sizeOfText(SENDER_DEVICE, draft.sender().value())
        + WireWriter.sizeOfText(CLIENT_ID, draft.clientId())
        + WireWriter.sizeOfText(KIND, draft.kind().name())
        + WireWriter.sizeOfBytes(BODY, draft.body().size())
        + WireWriter.sizeOfNumber(REPLY_TO, draft.replyTo())
        + (composedAt == null
            ? 0
            : WireWriter.sizeOfSigned(COMPOSED_AT, composedAt.toEpochMilli()));
  }

  private static void identity(WireWriter out, DeviceId sender, String clientId) {
    out.text(SENDER_USER, sender.user().value());
    out.text(SENDER_DEVICE, sender.value());
    out.text(CLIENT_ID, clientId);
  }

  private static void content(
      WireWriter out, MessageKind kind, Payload body, long replyTo, @Nullable Instant composedAt) {
    out.text(KIND, kind.name());
    out.payload(BODY, body);
    out.number(REPLY_TO, replyTo);
    if (composedAt != null) {
      out.signed(COMPOSED_AT, composedAt.toEpochMilli());
    }
  }

  private static void logFields(WireWriter out, LogEntry entry) {
    if (entry instanceof Message message) {
      out.number(TYPE, MESSAGE_TYPE);
      identity(out, message.sender(), message.clientId());
      content(out, message.kind(), message.body(), message.replyTo(), message.composedAt());
    } else if (entry instanceof GroupCreated created) {
      out.number(TYPE, GROUP_CREATED_TYPE);
      out.text(ACTOR, created.actor().value()).text(TITLE, created.title());
      members(out, created.members());
    } else if (entry instanceof MembershipChanged changed) {
      out.number(TYPE, MEMBERSHIP_TYPE);
      out.text(ACTOR, changed.actor().value()).number(CHANGE, changed.change().code());
      members(out, changed.members());
    } else if (entry instanceof TitleChanged changed) {
      out.number(TYPE, TITLE_TYPE);
      out.text(ACTOR, changed.actor().value()).text(TITLE, changed.title());
    }
    out.raw(entry.unknownFields());
  }

  private static void gapFields(WireWriter out, Gap gap) {
    out.text(CONVERSATION, gap.conversation().key());
    out.number(FROM_SEQ, gap.fromSeq());
    out.number(TO_SEQ, gap.toSeq());
  }

  private static void members(WireWriter out, List<Member> members) {
    for (Member member : members) {
      WireWriter nested = new WireWriter(32);
      nested.text(1, member.user().value()).number(2, member.role().code());
      out.bytes(MEMBER, nested.toByteArray());
    }
  }

  private static Optional<Entry> entry(String tenant, WireReader in) {
    Fields fields = new Fields(tenant, in);
    if (fields.type == GAP_TYPE) {
      return Optional.of(fields.gap());
    }
    if (fields.type == DEVICES_TYPE) {
      return Optional.of(new DevicesChanged(fields.user(fields.user)));
    }
    LogEntry entry = fields.seq == 0 && !fields.isKnownLogType() ? null : fields.logEntry();
    return Optional.ofNullable(entry);
  }

  private static <T> T present(String what, @Nullable T value) {
    if (value == null) {
      throw new WireFormatException("no " + what);
    }
    return value;
  }

  private static <T> T decoding(Supplier<T> decode) {
    try {
      return decode.get();
    } catch (InvalidValueException | DateTimeException | ArithmeticException e) {
      throw new WireFormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /** All fields of an entry or draft; which of them count depends on the type. */
  private static final class Fields {
    private final String tenant;
    private final WireReader in;
    private long type;
    private @Nullable ConversationId conversation;
    private long seq;
    private long timeMillis;
    private @Nullable String senderUser;
    private @Nullable String senderDevice;
    private String clientId = "";
    private MessageKind kind = MessageKind.TEXT;
    private Payload body = Payload.empty();
    private long replyTo;
    private @Nullable Instant composedAt;
    private String actor = "";
    private String title = "";
    private String user = "";
    private final List<Member> members = new ArrayList<>(0);
    private long change;
    private long fromSeq;
    private long toSeq;

    Fields(String tenant, WireReader in) {
      this.tenant = tenant;
      this.in = in;
      for (int field = in.next(); field != 0; field = in.next()) {
        read(field);
      }
    }

    private void read(int field) {
      switch (field) {
        case TYPE -> type = in.number();
        case CONVERSATION -> conversation = ConversationId.ofKey(tenant, in.text());
        case SEQ -> seq = in.number();
        case SERVER_TIME -> timeMillis = in.number();
        case SENDER_USER -> senderUser = in.text();
        case SENDER_DEVICE -> senderDevice = in.text();
        case CLIENT_ID -> clientId = in.text();
        case KIND -> kind = kind(in.text());
        case BODY -> body = in.payload();
        case REPLY_TO -> replyTo = in.number();
        case COMPOSED_AT -> composedAt = Instant.ofEpochMilli(in.signed());
        case ACTOR -> actor = in.text();
        case TITLE -> title = in.text();
        case MEMBER -> members.add(member(in.nested()));
        case CHANGE -> change = in.number();
        case FROM_SEQ -> fromSeq = in.number();
        case TO_SEQ -> toSeq = in.number();
        case USER -> user = in.text();
        default -> in.keep();
      }
    }

    boolean isKnownLogType() {
      return type >= MESSAGE_TYPE && type <= TITLE_TYPE;
    }

    LogEntry logEntry() {
      ConversationId where = conversation();
      Instant time = Instant.ofEpochMilli(timeMillis);
      Payload unknown = in.unknownFields();
      if (type == MESSAGE_TYPE) {
        return new Message(
            where, seq, time, sender(), clientId, kind, body, replyTo, composedAt, unknown);
      }
      if (type == GROUP_CREATED_TYPE) {
        return new GroupCreated(where, seq, time, user(actor), title, members, unknown);
      }
      MembershipChanged.Change known = type == MEMBERSHIP_TYPE ? change() : null;
      if (known != null) {
        return new MembershipChanged(where, seq, time, user(actor), known, members, unknown);
      }
      if (type == TITLE_TYPE) {
        return new TitleChanged(where, seq, time, user(actor), title, unknown);
      }
      return new UnknownEntry(where, seq, time, everythingElse());
    }

    private MembershipChanged.@Nullable Change change() {
      for (MembershipChanged.Change each : MembershipChanged.Change.values()) {
        if (each.code() == change) {
          return each;
        }
      }
      return null;
    }

    /** All fields but those that say which entry it is, in the form in which they came. */
    private Payload everythingElse() {
      WireReader again = in.again();
      for (int field = again.next(); field != 0; field = again.next()) {
        if (field == CONVERSATION || field == SEQ || field == SERVER_TIME) {
          again.skip();
        } else {
          again.keep();
        }
      }
      return again.unknownFields();
    }

    Gap gap() {
      return new Gap(conversation(), fromSeq, toSeq);
    }

    ConversationId conversation() {
      return present("conversation", conversation);
    }

    DeviceId sender() {
      return new DeviceId(
          user(present("sender", senderUser)), present("sender's device", senderDevice));
    }

    UserId user(String value) {
      return new UserId(tenant, value);
    }

    private Member member(WireReader nested) {
      String name = "";
      long role = 0;
      for (int field = nested.next(); field != 0; field = nested.next()) {
        switch (field) {
          case 1 -> name = nested.text();
          case 2 -> role = nested.number();
          default -> nested.skip();
        }
      }
      return new Member(user(name), Role.ofCode((int) role));
    }

    /** The common kind without a new object. */
    private static MessageKind kind(String name) {
      return name.equals(MessageKind.TEXT.name()) ? MessageKind.TEXT : new MessageKind(name);
    }
  }
}
