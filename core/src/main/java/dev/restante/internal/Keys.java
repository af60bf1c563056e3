package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.DeviceId;
import dev.restante.api.UserId;
import dev.restante.storage.RecordKey;
import dev.restante.storage.StreamKey;
import java.util.Set;

/** Where everything is kept: the one place that names streams and records. */
final class Keys {
  static final String CURSORS = "cursor";
  static final String SESSIONS = "session";
  static final String LEASES = "lease";

  /** The spaces of the records that say where devices stand. */
  static final Set<String> OF_DEVICES = Set.of(CURSORS, SESSIONS);

  static final String TALKS = "talk";

  /** The store's epoch, as a version. Absent means 1. */
  static final RecordKey EPOCH = new RecordKey(StreamKey.STORE, "epoch", "");

  /** The key of {@link CursorSeal}. */
  static final RecordKey SEAL = new RecordKey(StreamKey.STORE, "seal", "");

  private Keys() {}

  /** Who does a kind of background work: see {@link LeaseRecord}. */
  static RecordKey lease(String work) {
    return new RecordKey(StreamKey.STORE, LEASES, work);
  }

  /** What commits are guarded on that only the holder of a lease may make: see {@link Lease}. */
  static RecordKey fence(String work) {
    return new RecordKey(StreamKey.STORE, "fence", work);
  }

  /**
   * When a kind of background work was begun last, as a version in milliseconds since 1970, and by
   * which node.
   */
  static RecordKey round(String work) {
    return new RecordKey(StreamKey.STORE, "round", work);
  }

  static StreamKey log(ConversationId conversation) {
    return StreamKey.log(conversation.tenant(), conversation.key());
  }

  static StreamKey inbox(UserId user) {
    return StreamKey.inbox(user.tenant(), user.value());
  }

  /** The user's device directory: see {@link Directory}. */
  static RecordKey devices(UserId user) {
    return new RecordKey(inbox(user), "devices", "");
  }

  /** A device's cursor: see {@link CursorRecord}. */
  static RecordKey cursor(DeviceId device) {
    return new RecordKey(inbox(device.user()), CURSORS, device.value());
  }

  /** Which session of a device is the current one: see {@link SessionRecord}. */
  static RecordKey session(DeviceId device) {
    return new RecordKey(inbox(device.user()), SESSIONS, device.value());
  }

  /** A group's title and members: see {@link Group}. */
  static RecordKey group(ConversationId conversation) {
    return new RecordKey(log(conversation), "group", "");
  }

  /** What a user may see of a conversation: see {@link Talk}. */
  static RecordKey talk(UserId user, ConversationId conversation) {
    return new RecordKey(inbox(user), TALKS, conversation.key());
  }
}
