package dev.restante.internal;

import dev.restante.api.ConversationId;
import dev.restante.api.DevicesChanged;
import dev.restante.api.Entry;
import dev.restante.api.Gap;
import dev.restante.api.LogEntry;
import dev.restante.api.Payload;
import dev.restante.api.UnknownEntry;
import dev.restante.api.UserId;
import dev.restante.api.wire.WireCodec;
import dev.restante.api.wire.WireFormatException;
import dev.restante.storage.InboxItem;
import dev.restante.storage.InboxRow;
import dev.restante.storage.LogRow;
import dev.restante.storage.StreamKey;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rows as the entries that hosts see. */
final class Entries {
  private static final Logger log = LoggerFactory.getLogger(Entries.class);

  private Entries() {}

  /** A log's row. One that cannot be read holds its place as unknown, and stops nobody. */
  static LogEntry of(ConversationId conversation, LogRow row) {
    try {
      return WireCodec.decodeFromLog(conversation, row.seq(), row.timeMillis(), row.payload());
    } catch (WireFormatException e) {
      log.error("Row {} of {} cannot be read: {}", row.seq(), conversation, e.getMessage());
      return new UnknownEntry(
          conversation,
          row.seq(),
          Instant.ofEpochMilli(row.timeMillis()),
          Payload.of(row.payload()));
    }
  }

  /** An inbox's row; nothing for one that only a newer version understands. */
  static Optional<Entry> of(UserId user, InboxItem item) {
    InboxRow row = item.row();
    StreamKey from = row.log();
    if (from != null) {
      ConversationId conversation = ConversationId.ofKey(from.tenant(), from.name());
      LogRow logRow = item.logRow();
      return Optional.of(
          logRow == null ? new Gap(conversation, row.seq(), row.seq()) : of(conversation, logRow));
    }
    return row.type() == InboxTypes.DEVICES
        ? Optional.of(new DevicesChanged(user))
        : Optional.empty();
  }
}
